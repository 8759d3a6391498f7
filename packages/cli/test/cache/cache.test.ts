/** `clawdbot cache`: its text, its JSON, and what it says where no gateway runs. */
import * as fs from "node:fs/promises"
import { createServer } from "node:http"
import * as path from "node:path"
import type { CacheRow, CacheSummary } from "@clawdbot/domain/PromptCache/CacheReport"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { toText } from "../../src/cache/text.ts"
import { freshHome, run } from "../commandLine.ts"

const row = (more: Partial<CacheRow> & Pick<CacheRow, "cause" | "requests">): CacheRow => ({
  client: "",
  model: "claude-opus-5-5",
  lostTokens: 0,
  lostUsd: 0,
  unpriced: 0,
  ...more
})

const rows = [
  row({
    client: "laptop",
    cause: "prefix_changed",
    at: "system[0]",
    requests: 412,
    lostTokens: 48_230_114,
    lostUsd: 231.5
  }),
  row({
    client: "build-server",
    cause: "ttl_expired",
    at: "420 s > 300 s",
    requests: 9,
    lostTokens: 310_000,
    lostUsd: 0.004
  }),
  row({
    cause: "credential_moved",
    at: "anthropic:work -> anthropic:max (rate_limit)",
    model: "claude-an-own-model-2026-11-01",
    requests: 3,
    lostTokens: 90_000,
    unpriced: 3
  }),
  row({ client: "laptop", cause: "hit", requests: 1_203 }),
  row({ cause: "first_request", requests: 17 }),
  row({ cause: "no_breakpoint", model: "", requests: 2 })
]

const summary: CacheSummary = { enabled: true, since: Date.UTC(2026, 10, 28, 9), rows }

/** A gateway that says this on the socket of a state folder; `asked` is what it was asked. */
const saying = (home: string, said: CacheSummary) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const file = socketPath(path.join(home, ".clawdbot"))
    yield* Effect.promise(() => fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 }))
    const server = createServer((request, response) => {
      asked.push(request.url ?? "")
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify(said))
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(file, () => resume(Effect.void))),
      () => Effect.sync(() => void server.close())
    )
    return asked
  })

describe("clawdbot cache", () => {
  it("shows causes, what they cost and their cures, in 80 and in 40 columns", async () => {
    const shown = (width: number, given = summary) => toText(given, width).join("\n")
    for (const line of toText(summary, 80)) assert.isAtMost(line.length, 80, line)
    const text = ["# 80 columns", shown(80), "# 40 columns", shown(40), "# all prices known"]
    text.push(shown(80, { ...summary, rows: rows.slice(0, 1) }), "# nothing")
    text.push(
      shown(80, { ...summary, rows: [] }),
      "# off",
      shown(80, { ...summary, enabled: false, rows: [] })
    )
    text.push(
      "# off since a while",
      shown(80, { ...summary, enabled: false, rows: rows.slice(3, 4) }),
      ""
    )
    await expect(text.join("\n")).toMatchFileSnapshot("../golden/cache.txt")
  })

  it.scopedLive("asks the gateway on this state folder, for a day or as long as is wanted", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const asked = yield* saying(home, summary)
      const before = Date.now()
      const text = yield* run(home, ["cache"])
      assert.strictEqual(text.status, 0)
      assert.include(text.stdout, "prefix_changed (last: system[0]): the request differs")
      const json = yield* run(home, ["cache", "--since", "1h", "--json"])
      assert.deepStrictEqual(JSON.parse(json.stdout), summary)
      const spans = asked.map((url) => {
        assert.include(url, "/clawdbot/cache?since=")
        return Math.round((before - Number(url.split("=")[1])) / 3_600_000)
      })
      assert.deepStrictEqual(spans, [24, 1])
    })
  )

  it.scopedLive("has doctor name a cause of many misses, with its cure", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const asked = yield* saying(home, summary)
      const { stdout } = yield* run(home, ["doctor"])
      assert.match(asked.join(" "), /\/clawdbot\/cache\?since=\d+/)
      assert.include(stdout, "warning: prefix_changed: the prompt cache missed 412 messages of the")
      assert.include(stdout, "fix: keep dates, random numbers and tool lists")
      assert.include(stdout, "or: to see all causes: clawdbot cache")
      assert.notInclude(stdout, "credential_moved")
    })
  )

  it.scopedLive(
    "says how to start a gateway where none runs, and refuses what is no duration",
    () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        const none = yield* run(home, ["cache"])
        assert.deepStrictEqual([none.status, none.stdout], [1, ""])
        assert.include(none.stderr, "Gateway is not running on this state folder")
        assert.include(none.stderr, "fix: to start it: clawdbot gateway")
        const json = yield* run(home, ["cache", "--json"])
        assert.strictEqual(json.status, 1)
        assert.strictEqual(JSON.parse(json.stdout).error._tag, "GatewayNotRunning")
        const wrong = yield* run(home, ["cache", "--since", "soon"])
        assert.strictEqual(wrong.status, 1)
        assert.include(wrong.stderr, "--since")
      })
  )
})
