/** What answers through a gateway cost, in the ledger and in the figures. */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentFigures from "../src/control/agentFigures.ts"
import { Metrics } from "../src/control/Metrics.ts"
import { usageEntries } from "../src/usageEntries.ts"
import { checkExposition } from "./control/exposition.ts"
import { adminToken, ask, body, keys, type Started, streaming, withGateway } from "./world.ts"

const everything = { since: 0, until: 4_102_444_800_000 }

const usage = { input_tokens: 1_000_000, output_tokens: 100_000 }

const setupToken = `sk-ant-oat01-${"A".repeat(80)}`

/** A key that is used first, and a setup token that takes over. */
const stores = {
  main: {
    profiles: {
      ...keys("ka").main.profiles,
      "anthropic:plan": { type: "token", provider: "anthropic", token: setupToken }
    }
  }
}

const sums = Effect.gen(function* () {
  const ledger = yield* UsageLedger
  const cells = yield* ledger.cells(everything)
  return UsageReport.make(cells, everything, ["profile", "model"])
})

/** Runs a test with a gateway whose answers go to the ledger. */
const withLedger = (
  config: Readonly<Record<string, unknown>>,
  script: Readonly<Record<string, Script.Script>>,
  test: (started: Started) => Effect.Effect<void, unknown, UsageLedger>
) =>
  Effect.gen(function* () {
    const ledger = yield* UsageLedger
    yield* withGateway(
      {
        script,
        stores,
        config: { auth: { order: { anthropic: ["anthropic:ka", "anthropic:plan"] } }, ...config },
        gateway: {
          observe: (served) => {
            for (const entry of usageEntries(served)) ledger.record(entry)
            return undefined
          }
        }
      },
      (started) => Effect.provideService(test(started), UsageLedger, ledger)
    )
  }).pipe(Effect.provide(UsageMemory.layer))

describe("the cost of answers", () => {
  it.live("is billed of keys and at list price of subscriptions, streamed or not", () =>
    withLedger(
      {},
      {
        ka: (number) => (number <= 2 ? Script.ok({ usage }) : Script.rateLimited({})),
        [setupToken]: () => Script.ok({ usage })
      },
      (started) =>
        Effect.gen(function* () {
          const model = "claude-opus-5-5"
          yield* ask(started, { body: { ...body, model } })
          yield* ask(started, { body: { ...streaming, model } })
          yield* ask(started, { body: { ...streaming, model } })
          yield* ask(started, { body: { ...body, model: "claude-opus-99" } })
          const { rows, total } = yield* sums
          const shown = rows.map((row) => [
            row.group.profile,
            row.group.model,
            row.billedUsd,
            row.listUsd,
            row.unpriced
          ])
          assert.deepStrictEqual(shown.sort(), [
            ["anthropic:ka", model, 12, 0, 0],
            ["anthropic:plan", model, 0, 6, 0],
            ["anthropic:plan", "claude-opus-99", null, null, 1]
          ])
          assert.deepInclude(total, { billedUsd: 12, listUsd: 6, unpriced: 1 })
          const { text } = yield* ask(started, {
            path: "/metrics",
            method: "GET",
            headers: { "x-api-key": adminToken }
          })
          const costs = [...checkExposition(text)].filter(([name]) =>
            /cost_usd|unpriced/.test(name)
          )
          assert.deepStrictEqual(costs, [
            [`clawdbot_cost_usd_total{profile="anthropic:ka",model="${model}",kind="billed"}`, 12],
            [`clawdbot_cost_usd_total{profile="anthropic:plan",model="${model}",kind="list"}`, 6],
            [`clawdbot_unpriced_answers_total{profile="anthropic:plan",model="claude-opus-99"}`, 1]
          ])
        })
    )
  )

  it.live("follows the config's own prices", () =>
    withLedger(
      {
        pricing: {
          multiplier: 0.5,
          overrides: [{ profile: "anthropic:ka", model: "claude-opus-5-5", input: 1 }]
        }
      },
      { ka: () => Script.ok({ usage }) },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started, { body: { ...body, model: "claude-opus-5-5" } })
          assert.strictEqual((yield* sums).total.billedUsd, 1 + (0.1 * 20) / 2)
        })
    )
  )

  it.live("of a stream that breaks off is booked as far as the provider reported it", () =>
    withLedger(
      {},
      { ka: () => ({ _tag: "BrokenStream", afterEvents: 4, how: "reset" }) },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started, { body: { ...streaming, model: "claude-opus-5-5" } })
          const { total } = yield* sums
          // The stream begins with 12 tokens of the prompt and one of the answer.
          assert.approximately(total.billedUsd ?? 0, (12 * 4 + 20) / 1e6, 1e-9)
          assert.strictEqual(total.unpriced, 0)
        })
    )
  )
})

describe("the figures of costs", () => {
  it("of more models than are kept apart are counted together, and none is lost", () => {
    const metrics = new Metrics()
    const report = {
      startedAt: 1,
      endedAt: 2,
      method: "POST",
      path: "/v1/messages",
      status: 200,
      attempts: []
    }
    const cost = { billed: 0.25, list: 0, priced: 1 }
    for (let at = 0; at < 2_500; at++)
      metrics.add({ ...report, model: `model-${at}` }, [
        { profile: ProfileId.of("anthropic:a"), usage: Usage.zero, cost }
      ])
    const figures = { ...AgentFigures.none, open: 0, counts: [], version: "1" }
    const samples = checkExposition(metrics.render(figures))
    const name = 'clawdbot_cost_usd_total{profile="other",model="other",kind="billed"}'
    assert.strictEqual(samples.get(name), 125)
  })
})
