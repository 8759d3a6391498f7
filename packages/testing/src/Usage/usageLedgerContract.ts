/** What every layer of `UsageLedger` keeps. */
import { hourMs, merged, type UsageEntry } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

/** The beginning of an hour two days ago: recent enough for every layer to keep. */
const begin = Effect.map(Clock.currentTimeMillis, (now) => (Math.floor(now / hourMs) - 48) * hourMs)

const entry = (at: number, different: Partial<UsageEntry> = {}): UsageEntry => ({
  at,
  agent: "main",
  profile: "anthropic:a",
  model: "claude-opus-4-5",
  client: "",
  ttl: "",
  usage: {
    input: 10,
    output: 5,
    cacheRead: 100,
    cacheWrite5m: 7,
    cacheWrite1h: 3,
    cacheWriteOther: 0
  },
  ...different
})

const everything = { since: 0, until: 4_102_444_800_000 }

/** Runs the contract on a layer. A fresh ledger for each test. */
export const usageLedgerContract = (layer: () => Layer.Layer<UsageLedger>): void => {
  const test = (name: string, effect: Effect.Effect<void, unknown, UsageLedger>) =>
    it.live(name, () => effect.pipe(Effect.provide(layer())))

  test(
    "adds up what agrees in everything, before and after it is on disk",
    Effect.gen(function* () {
      const ledger = yield* UsageLedger
      const noon = yield* begin
      ledger.record(entry(noon))
      ledger.record(entry(noon + 1000))
      ledger.record(entry(noon, { profile: "anthropic:b" }))
      const total = Effect.map(
        ledger.cells(everything),
        (cells) => UsageReport.make(cells, everything, ["profile"]).rows
      )
      const before = yield* total
      assert.deepStrictEqual(
        before.map(({ group, input, requests }) => [group.profile, input, requests]),
        [
          ["anthropic:a", 20, 2],
          ["anthropic:b", 10, 1]
        ]
      )
      yield* ledger.flush
      assert.deepStrictEqual(yield* total, before)
      ledger.record(entry(noon))
      yield* ledger.flush
      const [first] = yield* total
      assert.deepInclude(first, {
        input: 30,
        cacheRead: 300,
        cacheWrite5m: 21,
        cacheWrite1h: 9,
        requests: 3
      })
    })
  )

  test(
    "tells an unknown usage from none",
    Effect.gen(function* () {
      const ledger = yield* UsageLedger
      const noon = yield* begin
      ledger.record(entry(noon, { usage: undefined }))
      yield* ledger.flush
      const [cell] = merged(yield* ledger.cells(everything))
      assert.deepInclude(cell, { requests: 0, unmeasured: 1 })
    })
  )

  test(
    "adds up what priced answers cost, and says of how many it is",
    Effect.gen(function* () {
      const ledger = yield* UsageLedger
      const noon = yield* begin
      ledger.record(entry(noon, { cost: { billed: 0.25, list: 0, priced: 1 } }))
      ledger.record(entry(noon, { cost: { billed: 0, list: 0.5, priced: 1 } }))
      yield* ledger.flush
      ledger.record(entry(noon, { cost: { billed: 1.125, list: 0, priced: 1 } }))
      ledger.record(entry(noon))
      ledger.record(entry(noon, { profile: "anthropic:b" }))
      yield* ledger.flush
      const cells = yield* ledger.cells(everything)
      const { rows } = UsageReport.make(cells, everything, ["profile"])
      assert.deepStrictEqual(
        rows.map(({ billedUsd, group, listUsd, unpriced }) => [
          group.profile,
          billedUsd,
          listUsd,
          unpriced
        ]),
        [
          ["anthropic:a", 1.375, 0.5, 1],
          ["anthropic:b", null, null, 1]
        ]
      )
    })
  )

  test(
    "keeps what budgets were charged for answers without a known price, in no sum of costs",
    Effect.gen(function* () {
      const ledger = yield* UsageLedger
      const noon = yield* begin
      ledger.record(entry(noon, { assumed: 0.25 }))
      yield* ledger.flush
      ledger.record(entry(noon, { assumed: 0.5 }))
      ledger.record(entry(noon))
      yield* ledger.flush
      const [cell] = merged(yield* ledger.cells(everything))
      assert.deepInclude(cell, { assumed: 0.75, cost: undefined })
    })
  )

  test(
    "answers for a span of time",
    Effect.gen(function* () {
      const ledger = yield* UsageLedger
      const noon = yield* begin
      for (const hours of [0, 1, 25]) ledger.record(entry(noon + hours * hourMs))
      yield* ledger.flush
      const hoursIn = (since: number, until: number) =>
        Effect.map(ledger.cells({ since, until }), (cells) =>
          merged(cells).map(({ hour }) => hour - noon / hourMs)
        )
      assert.deepStrictEqual((yield* hoursIn(noon, noon + hourMs)).sort(), [0])
      assert.deepStrictEqual((yield* hoursIn(noon + 1, noon + 26 * hourMs)).sort(), [0, 1, 25])
      assert.deepStrictEqual(yield* hoursIn(noon + 2 * hourMs, noon + 25 * hourMs), [])
    })
  )
}
