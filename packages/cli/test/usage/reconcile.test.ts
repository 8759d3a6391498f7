/** `usage reconcile` against a provider that answers as its cost report is documented. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import { toLine } from "@clawdbot/domain/Usage/UsageCell"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run } from "../commandLine.ts"

const dayMs = 86_400_000
const today = Math.floor(Date.now() / dayMs)
const nameOf = (daysAgo: number) => new Date((today - daysAgo) * dayMs).toISOString().slice(0, 10)
const key = `sk-ant-admin01-${"a".repeat(40)}`
const variables = { ANTHROPIC_ADMIN_API_KEY: key }

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A provider that gives these answers in turn; `asked` is what it was asked. */
const provider = (answers: ReadonlyArray<Answer>) =>
  Effect.gen(function* () {
    const asked: Array<{ readonly url: URL; readonly headers: IncomingMessage["headers"] }> = []
    const server = createServer((request, response) => {
      const answer = answers[asked.length] ?? { status: 500, body: {} }
      asked.push({ url: new URL(request.url ?? "", "http://x"), headers: request.headers })
      response.writeHead(answer.status, { "content-type": "application/json" })
      response.end(JSON.stringify(answer.body))
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () => Effect.sync(() => void server.close())
    )
    const { port } = server.address() as AddressInfo
    const home = yield* freshHome
    const baseUrl = `http://127.0.0.1:${port}/`
    const config = { models: { providers: { anthropic: { baseUrl } } } }
    yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    return { asked, home }
  })

const page = (
  days: ReadonlyArray<readonly [daysAgo: number, cents: string, workspace?: string]>,
  next?: string
): Answer => ({
  status: 200,
  body: {
    data: days.map(([daysAgo, amount, workspace = null]) => ({
      starting_at: `${nameOf(daysAgo)}T00:00:00Z`,
      ending_at: `${nameOf(daysAgo - 1)}T00:00:00Z`,
      results: [{ amount, currency: "USD", workspace_id: workspace, cost_type: null }]
    })),
    has_more: next !== undefined,
    next_page: next ?? null
  }
})

const spend = (home: string, daysAgo: number, billed: number) =>
  put(
    home,
    `.clawdbot/usage/${nameOf(daysAgo)}.jsonl`,
    `${toLine({
      hour: (today - daysAgo) * 24,
      agent: "main",
      profile: "anthropic:work",
      model: "claude-opus-4-8",
      client: "",
      ttl: "",
      usage: Usage.zero,
      requests: 3,
      unmeasured: 0,
      cost: { billed, list: 0, priced: 2 }
    })}\n`
  )

describe("usage reconcile", () => {
  it.scopedLive("shows the ledger beside all pages of the report, for whole days", () =>
    Effect.gen(function* () {
      const { asked, home } = yield* provider([
        page([[3, "1010.5"]], "page_2"),
        page([[2, "200"]], undefined)
      ])
      yield* spend(home, 3, 10)
      yield* spend(home, 0, 77)
      const { status, stderr, stdout } = yield* run(home, ["usage", "reconcile"], { variables })
      assert.strictEqual(status, 0, stderr)
      assert.strictEqual(
        stdout,
        [
          "             ledger  provider  difference    price",
          "day (UTC)       USD       USD         USD  unknown",
          `${nameOf(3)}    10.00     10.11       +0.11        1`,
          `${nameOf(2)}  unknown      2.00     unknown        0`,
          "total         10.00     12.11       +2.11        1",
          "",
          "The provider bills what did not go through this gateway as well, and searches, code " +
            "execution",
          "and priority tier apart; the ledger has list prices, unless the config names others."
        ].join("\n")
      )
      assert.strictEqual(asked[0]?.headers["x-api-key"], key)
      const query = asked.map(({ url }) => Object.fromEntries(url.searchParams))
      assert.deepStrictEqual(query[1], { ...query[0], page: "page_2" })
      assert.strictEqual(query[0]?.starting_at, `${nameOf(7)}T00:00:00.000Z`)
      assert.strictEqual(query[0]?.ending_at, `${nameOf(0)}T00:00:00.000Z`)
    })
  )

  it.scopedLive("counts one workspace, and says all of it as JSON", () =>
    Effect.gen(function* () {
      const { home } = yield* provider([
        page([
          [1, "100", "wrkspc_a"],
          [1, "50"]
        ])
      ])
      yield* spend(home, 1, 1)
      const argv = ["usage", "reconcile", "--since", "1h", "--workspace", "wrkspc_a", "--json"]
      const { stdout } = yield* run(home, argv, { variables })
      const row = { ledgerUsd: 1, providerUsd: 1, differenceUsd: 0, unpriced: 1 }
      assert.deepStrictEqual(JSON.parse(stdout), {
        since: (today - 1) * dayMs,
        until: today * dayMs,
        days: [{ day: nameOf(1), ...row }],
        total: { day: "total", ...row }
      })
    })
  )

  it.scopedLive("names each reason why there is no report, with its cure and without the key", () =>
    Effect.gen(function* () {
      const endless = Array.from({ length: 200 }, () => page([], "again"))
      const cases: ReadonlyArray<readonly [ReadonlyArray<Answer>, string, string]> = [
        [[{ status: 401, body: { error: { message: key } } }], "does not accept", "admin key"],
        [[{ status: 403, body: {} }], "(status 403)", "individual accounts have none"],
        [[{ status: 429, body: {} }], "limits how often", "wait a minute"],
        [[{ status: 302, body: {} }], "(status 302)", "clawdbot doctor --network"],
        [[{ status: 200, body: { data: 1 } }], "(data)", "clawdbot usage --cost --by day"],
        [endless, "(has_more)", "clawdbot usage --cost"]
      ]
      for (const [answers, what, cure] of cases) {
        const { home } = yield* provider(answers)
        const { status, stderr, stdout } = yield* run(home, ["usage", "reconcile"], { variables })
        assert.strictEqual(status, 1)
        assert.include(stderr, what)
        assert.include(stderr, cure)
        assert.notInclude(stderr + stdout, key)
      }
    })
  )

  it.scopedLive("asks nobody without a key, nor with one that came with a folder", () =>
    Effect.gen(function* () {
      const { asked, home } = yield* provider([])
      yield* put(home, ".env", `ANTHROPIC_ADMIN_API_KEY=${key}\n`)
      const { status, stderr } = yield* run(home, ["usage", "reconcile"])
      assert.strictEqual(status, 1)
      assert.include(stderr, "set ANTHROPIC_ADMIN_API_KEY")
      assert.strictEqual(asked.length, 0)
    })
  )
})
