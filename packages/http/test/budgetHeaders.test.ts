/** How far a client's budget is used, in the headers of good answers (decision D54). */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { asked, model, usage, withBudget } from "./budgetWorld.ts"
import { ask, streaming } from "./world.ts"

const ofLimits = (headers: Headers): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...headers].filter(([name]) => name.includes("-unified-") || name === "x-clawdbot-limits")
  )
const used = (headers: Headers) => headers.get("anthropic-ratelimit-unified-5h-utilization")

describe("good answers to a client with a limit of money", () => {
  it.live("show what was spent before them, plain and streamed; nobody else's do", () =>
    withBudget({ usdPerDay: 0.6 }, { ka: () => Script.ok({ usage }) }, (started) =>
      Effect.gen(function* () {
        const first = yield* ask(started, asked)
        assert.strictEqual(used(first.headers), "0.0000")
        const streamed = { ...asked, body: { ...streaming, model, max_tokens: 100 } }
        const second = yield* ask(started, streamed)
        assert.strictEqual(second.status, 200)
        assert.strictEqual(used(second.headers), "0.8333")
        const status = second.headers.get("anthropic-ratelimit-unified-status")
        assert.strictEqual(status, "allowed_warning")
        assert.strictEqual(second.headers.get("x-clawdbot-limits"), "budget")
        assert.deepStrictEqual(ofLimits((yield* ask(started)).headers), {})
        const counting = { ...asked, path: "/v1/messages/count_tokens" }
        assert.deepStrictEqual(ofLimits((yield* ask(started, counting)).headers), {})
        const refused = yield* ask(started, asked)
        assert.strictEqual(refused.status, 429)
        assert.deepStrictEqual(ofLimits(refused.headers), {})
      })
    ).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("show the plan of the upstream where it names one, and a gateway's mark with it", () =>
    Effect.gen(function* () {
      const plan = { "anthropic-ratelimit-unified-7d-utilization": "0.2" }
      const marked = { ...plan, "x-clawdbot-limits": "budget" }
      for (const headers of [plan, marked])
        yield* withBudget(
          { usdPerDay: 5 },
          { ka: () => Script.ok({ usage, headers }) },
          (started) =>
            Effect.gen(function* () {
              assert.deepStrictEqual(ofLimits((yield* ask(started, asked)).headers), headers)
            })
        )
    }).pipe(Effect.provide(UsageMemory.layer))
  )

  it.live("show nothing where only a rate is limited, nor in an answer that is none", () =>
    Effect.gen(function* () {
      yield* withBudget({ requestsPerMinute: 9 }, { ka: () => Script.ok({ usage }) }, (started) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(ofLimits((yield* ask(started, asked)).headers), {})
        })
      )
      yield* withBudget({ usdPerDay: 5 }, { ka: () => Script.badRequest }, (started) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(ofLimits((yield* ask(started, asked)).headers), {})
        })
      )
    }).pipe(Effect.provide(UsageMemory.layer))
  )
})
