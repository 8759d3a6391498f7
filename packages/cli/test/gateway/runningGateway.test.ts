/** The client token and the address of a gateway that runs, by the real command. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run as runProcess, start } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gatewayHere, listening, writeState } from "./running.ts"

const show = ["gateway", "token", "show"]

describe("a gateway in the background", () => {
  it.scopedLive(
    "keeps its client token out of its log; `gateway token show` prints it, while it runs and " +
      "afterwards; a second start names its address and process",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        writeState(folder, "http://127.0.0.1:1", [planted.apiKey])
        const none = yield* run(folder, show)
        assert.strictEqual(none.status, 1)
        assert.include(none.stderr, "fix: clawdbot gateway")
        const stored = () =>
          JSON.parse(fs.readFileSync(`${folder}/.clawdbot/gateway-tokens.json`, "utf8")).client
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { child, text, url } = yield* listening(() =>
              start(folder, ["gateway", "--port", "0", "--bind", "lan"])
            )
            assert.include(text(), "to print it: clawdbot gateway token show")
            assert.notInclude(text(), stored())
            const shown = yield* run(folder, show)
            assert.deepStrictEqual([shown.status, shown.stdout], [0, `${stored()}\n`])
            const { port } = new URL(url)
            assert.include(text(), `listening on 0.0.0.0:${port} (reachable from your network`)
            const status = yield* run(folder, ["gateway", "status"])
            assert.include(status.stdout, `Gateway running at 0.0.0.0:${port} (pid ${child.pid})`)
            assert.match(status.stdout, /^Version: .*, up \d+s$/m)
            for (const wanted of ["0", port]) {
              const second = yield* runProcess(folder, ["gateway", "--port", wanted])
              assert.strictEqual(second.status, 1)
              assert.include(second.stderr, `(pid ${child.pid})`)
              assert.include(
                second.stderr,
                "fix: to see the running gateway: clawdbot gateway status"
              )
            }
            const stop = yield* run(folder, ["gateway", "stop"])
            assert.include(stop.stderr, `kill ${child.pid}`)
          })
        )
        assert.strictEqual((yield* run(folder, show)).stdout, `${stored()}\n`)
      })
  )

  it.scopedLive("hands a token out that only its own environment has, and no named one", () =>
    Effect.gen(function* () {
      const folder = yield* home
      writeState(folder, "http://127.0.0.1:1", [planted.apiKey])
      const given = "planted-token-of-a-container"
      const { text } = yield* gatewayHere(folder, {
        variables: { CLAWDBOT_GATEWAY_TOKEN: given }
      })
      const shown = yield* run(folder, show)
      assert.deepStrictEqual([shown.status, shown.stdout], [0, `${given}\n`])
      assert.include(shown.stderr, "set by CLAWDBOT_GATEWAY_TOKEN")
      assert.notInclude(text(), given)
      yield* run(folder, ["gateway", "token", "add", "laptop"])
      const named = yield* run(folder, [...show, "laptop"])
      assert.strictEqual(named.status, 1)
      assert.include(named.stderr, "only its hash is stored")
      assert.include((yield* run(folder, [...show, "phone"])).stderr, "there is no client token")
    })
  )
})
