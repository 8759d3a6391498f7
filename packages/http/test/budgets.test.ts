/** Budgets of clients over real sockets: what is let through, what is refused and how. */
import { UsageLedger, UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { asked, detailsOf, model, setupToken, usage, withBudget } from "./budgetWorld.ts"
import { adminToken, ask, body, keys, type Started, streaming } from "./world.ts"

describe("budgets of clients", () => {
  it.live("end in the provider's 429, which names what was spent and when it resets", () =>
    withBudget({ usdPerDay: 1 }, { ka: () => Script.ok({ usage }) }, (started) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* ask(started, asked)).status, 200)
        const streamed = { ...asked, body: { ...streaming, model, max_tokens: 100 } }
        assert.strictEqual((yield* ask(started, streamed)).status, 200)
        const refused = yield* ask(started, asked)
        assert.strictEqual(refused.status, 429)
        const { message, ...details } = detailsOf(refused.text)
        assert.deepStrictEqual(details, {
          type: "error",
          kind: "billing_error",
          code: "BudgetSpent"
        })
        assert.match(
          message,
          /^spend limit reached \(daily; resets \d{4}-\d\d-\d\d 00:00 UTC\): the budget of the client/
        )
        assert.include(message, '"laptop" is spent, 1.00 USD of usdPerDay 1.00 USD.')
        assert.isFalse([...refused.headers.keys()].some((name) => name.includes("unified")))
        const wait = Number(refused.headers.get("retry-after"))
        assert.isTrue(wait >= 1 && wait <= 86_400)
        assert.strictEqual(refused.headers.get("x-should-retry"), "false")
        assert.strictEqual(started.upstream.requests.length, 2)
        const headers = { "x-api-key": adminToken }
        const { text } = yield* ask(started, { path: "/metrics", method: "GET", headers })
        const labels = '{client="laptop",limit="usdPerDay"}'
        assert.include(text, `clawdbot_budget_limit_usd${labels} 1\n`)
        assert.include(text, `clawdbot_budget_spent_usd${labels} 1\n`)
        assert.include(text, 'refused="BudgetSpent"')
        const told = yield* ask(started, { path: "/clawdbot/budgets", method: "GET", headers })
        const { clients, from } = JSON.parse(told.text)
        assert.strictEqual(from, "gateway")
        assert.strictEqual(clients.length, 1)
        const [{ client, failOpen, limits, refused: counted }] = clients
        assert.deepStrictEqual({ client, failOpen }, { client: "laptop", failOpen: false })
        const [{ resetsAt, ...line }] = limits
        assert.deepStrictEqual(line, {
          limit: "usdPerDay",
          allowed: 1,
          used: 1,
          reserved: 0,
          left: 0
        })
        assert.strictEqual(resetsAt % 86_400_000, 0)
        assert.strictEqual(counted.count, 1)
        assert.strictEqual(counted.lastCode, "BudgetSpent")
        // Nobody else has a budget, and counting tokens costs nothing.
        assert.strictEqual((yield* ask(started)).status, 200)
        const counting = { ...asked, path: "/v1/messages/count_tokens" }
        assert.notStrictEqual((yield* ask(started, counting)).status, 429)
      })
    ).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("are overspent by at most one reserve, though 64 requests come at once", () =>
    withBudget({ usdPerDay: 1 }, { ka: () => Script.ok({ usage }) }, (started, heard) =>
      Effect.gen(function* () {
        // 10,000 tokens of output are reserved, and a short body.
        const costly = { ...asked, body: { ...body, model, max_tokens: 20_000 } }
        const reserve = 0.5 + 0.01
        const answers = yield* Effect.all(
          Array.from({ length: 64 }, () => ask(started, costly)),
          { concurrency: "unbounded" }
        )
        const statuses = answers.map(({ status }) => status)
        const spent = heard
          .flatMap(({ used }) => used)
          .reduce((sum, { cost }) => sum + (cost?.billed ?? 0), 0)
        assert.isAtLeast(statuses.filter((status) => status === 200).length, 2)
        assert.isAtLeast(statuses.filter((status) => status === 429).length, 1)
        assert.isAtMost(spent, 1 + reserve)
        const codes = answers
          .filter(({ status }) => status === 429)
          .map(({ text }) => detailsOf(text).code)
        assert.isTrue(codes.every((code) => code === "BudgetSpent" || code === "BudgetReserved"))
      })
    ).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("survive a restart: the next gateway knows by the ledger what was spent", () =>
    Effect.gen(function* () {
      const script = { ka: () => Script.ok({ usage }) }
      const served = (status: number) => (started: Started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started, asked)).status, status)
        })
      yield* withBudget({ usdPerWeek: 1 }, script, served(200))
      yield* withBudget({ usdPerWeek: 1 }, script, served(200))
      yield* withBudget({ usdPerWeek: 1 }, script, served(429))
    }).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("charge an assumed price where none is known, and keep it for the next start", () =>
    Effect.gen(function* () {
      const unknown = { ...asked, body: { ...body, model: "claude-next-9", max_tokens: 32_000 } }
      const served = (status: number) => (started: Started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started, unknown)).status, status)
        })
      yield* withBudget({ usdPerDay: 0.4 }, { ka: () => Script.ok({ usage }) }, served(200))
      const ledger = yield* UsageLedger
      const [cell] = yield* ledger.cells({ since: 0, until: 4_102_444_800_000 })
      assert.strictEqual(cell?.cost, undefined)
      assert.strictEqual(cell?.assumed, 0.5)
      yield* withBudget({ usdPerDay: 0.4 }, { ka: () => Script.ok({ usage }) }, served(429))
    }).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("charge nothing for answers to a subscription, nor for refusals of the provider", () =>
    withBudget(
      { usdPerDay: 0.4 },
      {
        [setupToken]: (number) => (number === 1 ? Script.ok({ usage }) : Script.unauthorized),
        ka: () => Script.ok({ usage })
      },
      (started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started, asked)).status, 200)
          // The key takes over, and is billed.
          assert.strictEqual((yield* ask(started, asked)).status, 200)
          assert.strictEqual((yield* ask(started, asked)).status, 429)
        }),
      {
        main: {
          profiles: {
            ...keys("ka").main.profiles,
            "anthropic:plan": { type: "token", provider: "anthropic", token: setupToken }
          },
          order: { anthropic: ["anthropic:plan", "anthropic:ka"] }
        }
      }
    ).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("limit requests and tokens of a minute, and say when the next one is possible", () =>
    Effect.gen(function* () {
      const script = { ka: () => Script.ok({ usage }) }
      const second = (code: string) => (started: Started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started, asked)).status, 200)
          const refused = yield* ask(started, asked)
          assert.strictEqual(refused.status, 429)
          assert.strictEqual(detailsOf(refused.text).kind, "rate_limit_error")
          assert.include(detailsOf(refused.text).message, code)
          const wait = Number(refused.headers.get("retry-after"))
          assert.isTrue(wait >= 1 && wait <= 60)
          assert.strictEqual(refused.headers.get("x-should-retry"), null)
        })
      yield* withBudget({ requestsPerMinute: 1 }, script, second("requestsPerMinute 1"))
      yield* withBudget({ tokensPerMinute: 1_000 }, script, second("tokensPerMinute 1000"))
    }).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("let nothing through while the ledger cannot be read, unless failOpen says so", () =>
    Effect.gen(function* () {
      const script = { ka: () => Script.ok({ usage }) }
      const broken = Layer.succeed(
        UsageLedger,
        UsageLedger.of({
          record: () => undefined,
          cells: () =>
            new UsageUnavailable({ path: "/state/usage", operation: "read", code: "EACCES" }),
          flush: Effect.void
        })
      )
      yield* withBudget({ usdPerDay: 5 }, script, (started) =>
        Effect.gen(function* () {
          const refused = yield* ask(started, asked)
          assert.strictEqual(refused.status, 503)
          assert.strictEqual(detailsOf(refused.text).code, "BudgetUnknown")
          assert.strictEqual(started.upstream.requests.length, 0)
        })
      ).pipe(Effect.provide(broken))
      yield* withBudget({ usdPerDay: 5, failOpen: true }, script, (started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started, asked)).status, 200)
        })
      ).pipe(Effect.provide(broken))
    })
  )

  it.live("that are new hold for the first request, which waits for what was spent", () => {
    const test = (started: Started) =>
      Effect.gen(function* () {
        const together = { concurrency: "unbounded" } as const
        const first = yield* Effect.replicateEffect(ask(started, asked), 3, together)
        assert.deepStrictEqual(
          first.map(({ status }) => status),
          [200, 200, 200]
        )
        assert.strictEqual((yield* ask(started, asked)).status, 429)
      })
    return withBudget(
      { usdPerDay: 1 },
      { ka: () => Script.ok({ usage }) },
      test,
      keys("ka"),
      {},
      "after the start"
    ).pipe(Effect.provide(UsageMemory.layer))
  })

  it.live("do not let batches past a limit of money, whose cost no answer reports", () =>
    withBudget({ usdPerDay: 5 }, { ka: () => Script.ok({ usage }) }, (started) =>
      Effect.gen(function* () {
        const refused = yield* ask(started, { ...asked, path: "/v1/messages/batches" })
        assert.strictEqual(refused.status, 403)
        assert.strictEqual(detailsOf(refused.text).code, "BudgetUnmeasured")
      })
    ).pipe(Effect.provide(UsageMemory.layer))
  )
})
