import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { BudgetAccount, Reservation } from "../../src/Budget/BudgetAccount.ts"
import { decide, type Standing } from "../../src/Budget/decideBudget.ts"
import * as Period from "../../src/Budget/Period.ts"
import { assumedUsd, reserveOf } from "../../src/Budget/reserveOf.ts"
import * as Spent from "../../src/Budget/Spent.ts"
import * as Usage from "../../src/Usage/Usage.ts"
import { fromText, hourMs, tidied, toLine, type UsageCell } from "../../src/Usage/UsageCell.ts"

const noon = Date.UTC(2026, 10, 29, 12)
const alone = {
  granted: Number.POSITIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
  gateways: 1
}

const knowing = (spent: Spent.Spent, now = noon): BudgetAccount => {
  const account = new BudgetAccount()
  account.learn(account.mark(), { ...alone, spent, asOf: now }, now)
  return account
}

const fresh: Standing = {
  spent: Spent.nothing,
  reserved: 0,
  share: Number.POSITIVE_INFINITY,
  tokens: 1,
  requests: 1
}

const cell = (usd: number, at: number, more: Partial<UsageCell> = {}): UsageCell => ({
  hour: Math.floor(at / hourMs),
  agent: "main",
  profile: "anthropic:key",
  model: "claude-opus-4-5",
  client: "laptop",
  ttl: "",
  usage: Usage.zero,
  requests: 1,
  unmeasured: 0,
  cost: { billed: usd, list: 7, priced: 1 },
  ...more
})

describe("periods", () => {
  it("begin at midnight, on Monday, and on the first, in UTC", () => {
    const starts = Period.periods.map((period) => new Date(Period.startOf(period, noon)))
    const ends = Period.periods.map((period) => new Date(Period.endOf(period, noon)))
    assert.deepStrictEqual(
      [...starts, ...ends].map((date) => date.toISOString().slice(0, 16)),
      [
        "2026-11-29T00:00",
        "2026-11-23T00:00",
        "2026-11-01T00:00",
        "2026-11-30T00:00",
        "2026-11-30T00:00",
        "2026-12-01T00:00"
      ]
    )
  })

  it("hold every moment, and follow each other without a gap", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Period.periods),
        fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
        (period, at) => {
          const [start, end] = [Period.startOf(period, at), Period.endOf(period, at)]
          assert.isTrue(start <= at && at < end)
          assert.strictEqual(Period.startOf(period, end), end)
          assert.strictEqual(Period.startOf(period, end - 1), start)
        }
      )
    ))
})

describe("what the ledger charges", () => {
  it("is what was billed, and what was assumed where no price is known; never list prices", () => {
    const cells = [
      cell(1, noon),
      cell(2, noon - 2 * 86_400_000),
      cell(4, noon - 10 * 86_400_000),
      cell(0, noon, { cost: undefined, assumed: 0.5 }),
      cell(100, Date.UTC(2026, 9, 31)),
      cell(3, noon, { client: "other" })
    ]
    const spent = Spent.byClient(cells, noon)
    assert.deepStrictEqual(spent.get("laptop"), { day: 1.5, week: 3.5, month: 7.5 })
    assert.deepStrictEqual(spent.get("other"), { day: 3, week: 3, month: 3 })
  })

  it("keeps what was assumed in the lines of a usage file, and adds it up", () => {
    const lines = [0.25, 0.5].map((assumed) => toLine(cell(1, noon, { assumed })))
    const [sum] = fromText(tidied(lines.join("\n")).join("\n"))
    assert.strictEqual(sum?.assumed, 0.75)
    assert.strictEqual(fromText(toLine(cell(1, noon)))[0]?.assumed, undefined)
  })
})

describe("a budget's decision", () => {
  it("lets through what stays below, and names the last of several to end", () => {
    const budget = { usdPerDay: 5, usdPerMonth: 20 }
    assert.strictEqual(decide(budget, fresh, noon)._tag, "Admitted")
    const spent = { day: 6, week: 6, month: 21 }
    assert.deepStrictEqual(decide(budget, { ...fresh, spent }, noon), {
      _tag: "Spent",
      limit: "usdPerMonth",
      usd: 20,
      spent: 21,
      resetsAt: Date.UTC(2026, 11, 1)
    })
  })

  it("does not serve by a limit of money while what was spent is not known", () => {
    const standing = { ...fresh, spent: undefined }
    assert.strictEqual(decide({ usdPerDay: 5 }, standing, noon)._tag, "Unknown")
    assert.strictEqual(decide({ usdPerDay: 5, failOpen: true }, standing, noon)._tag, "Admitted")
    assert.strictEqual(decide({ tokensPerMinute: 5 }, standing, noon)._tag, "Admitted")
  })

  it("waits where requests in flight or other gateways may need what is left", () => {
    assert.strictEqual(decide({ usdPerDay: 5 }, { ...fresh, reserved: 5 }, noon)._tag, "Reserved")
    assert.strictEqual(decide({ usdPerDay: 5 }, { ...fresh, share: 0 }, noon)._tag, "Reserved")
  })
})

describe("an account", () => {
  const amounts = { usd: 0.3, tokens: 100 }

  it("goes over a limit by at most one reserve, whatever comes at once and in which order", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            usd: fc.double({ min: 0.01, max: 2, noNaN: true }),
            /** What it costs in the end, as a part of the reserve. */
            part: fc.double({ min: 0, max: 1, noNaN: true }),
            /** Whether one of those in flight ends before it, and which. */
            ends: fc.option(fc.nat(70), { nil: undefined })
          }),
          { maxLength: 80 }
        ),
        (asked) => {
          const account = knowing(Spent.nothing)
          const budget = { usdPerDay: 1 }
          const open: Array<readonly [Reservation, number]> = []
          let [spent, most] = [0, 0]
          for (const { ends, part, usd } of asked) {
            const [ended] = ends === undefined ? [] : open.splice(ends, 1)
            if (ended !== undefined) {
              spent += ended[1]
              ended[0].settle({ usd: ended[1], tokens: 0 }, noon)
            }
            const begun = account.begin(budget, { usd, tokens: 0 }, noon)
            if (!(begun instanceof Reservation)) continue
            most = Math.max(most, usd)
            open.push([begun, usd * part])
          }
          for (const [reservation, usd] of open) {
            spent += usd
            reservation.settle({ usd, tokens: 0 }, noon)
          }
          assert.isBelow(spent, 1 + most + 1e-9)
          assert.isBelow(Math.abs(account.held - spent), 1e-9)
        }
      )
    ))

  it("charges a request once, and also one whose reserve was given back before", () => {
    const account = knowing(Spent.nothing)
    const begun = account.begin({ usdPerDay: 1 }, amounts, noon)
    assert.instanceOf(begun, Reservation)
    if (!(begun instanceof Reservation)) return
    assert.strictEqual(account.held, 0.3)
    begun.release()
    assert.strictEqual(account.held, 0)
    begun.settle({ usd: 0.2, tokens: 10 }, noon)
    begun.settle({ usd: 0.2, tokens: 10 }, noon)
    assert.strictEqual(account.standing({}, noon).spent?.day, 0.2)
  })

  it("begins a new day at midnight of UTC, and keeps the week and the month", () => {
    const account = knowing({ day: 5, week: 6, month: 7 })
    assert.isFalse(account.begin({ usdPerDay: 5 }, amounts, noon) instanceof Reservation)
    const midnight = Date.UTC(2026, 10, 30)
    assert.deepStrictEqual(account.standing({}, midnight - 1).spent, { day: 5, week: 6, month: 7 })
    // It is a Monday too.
    assert.deepStrictEqual(account.standing({}, midnight).spent, { day: 0, week: 0, month: 7 })
    assert.isTrue(account.begin({ usdPerDay: 5 }, amounts, midnight) instanceof Reservation)
  })

  it("counts what is settled while the ledger is read once", () => {
    const account = knowing({ day: 1, week: 1, month: 1 })
    account.charge({ usd: 2, tokens: 0 }, noon)
    const mark = account.mark()
    account.charge({ usd: 4, tokens: 0 }, noon)
    const spent = { day: 3, week: 3, month: 3 }
    const known = { spent, asOf: noon, granted: 5, until: noon + 1_000, gateways: 2 }
    account.learn(mark, known, noon)
    assert.strictEqual(account.standing({}, noon).spent?.day, 7)
    assert.strictEqual(account.held, 4)
    assert.strictEqual(account.standing({}, noon).share, 1)
    assert.isFalse(account.isKnown(noon + 1_000))
    // Each of two gateways lets its half through.
    assert.strictEqual(account.standing({ requestsPerMinute: 60 }, noon).requests, 30)
    assert.strictEqual(account.standing({ tokensPerMinute: 1 }, noon).tokens, 1)
  })

  it("takes no figure of yesterday for today's where midnight passed meanwhile", () => {
    const midnight = Date.UTC(2026, 10, 26)
    const account = new BudgetAccount()
    const mark = account.mark()
    const spent = { day: 3, week: 3, month: 3 }
    account.learn(mark, { ...alone, spent, asOf: midnight - 10 }, midnight + 10)
    assert.deepStrictEqual(account.standing({}, midnight + 10).spent, { day: 0, week: 3, month: 3 })
  })

  it("lets the rate of a minute through, then as much as comes back", () => {
    const account = new BudgetAccount()
    const budget = { requestsPerMinute: 60 }
    const begin = (now: number) => account.begin(budget, amounts, now) instanceof Reservation
    for (let index = 0; index < 60; index++) assert.isTrue(begin(noon))
    assert.isFalse(begin(noon))
    assert.isTrue(begin(noon + 1_000))
    assert.isFalse(begin(noon + 1_500))
    const decision = account.begin(budget, amounts, noon + 1_500)
    assert.isFalse(decision instanceof Reservation)
    if (decision instanceof Reservation || decision._tag !== "TooFast") return
    assert.strictEqual(decision.possibleAt, noon + 2_000)
  })

  it("charges tokens as they were used, not as they were reserved", () => {
    const account = new BudgetAccount()
    const budget = { tokensPerMinute: 1_000 }
    const begun = account.begin(budget, { usd: 0, tokens: 5_000 }, noon)
    assert.isTrue(begun instanceof Reservation)
    assert.isFalse(account.begin(budget, amounts, noon) instanceof Reservation)
    if (begun instanceof Reservation) begun.settle({ usd: 0, tokens: 400 }, noon)
    assert.strictEqual(account.standing(budget, noon).tokens, 600)
  })
})

describe("the reserve", () => {
  const asked = {
    model: "claude-opus-4-5",
    fast: false,
    maxTokens: 1_000,
    bodyBytes: 3_000,
    pricing: undefined,
    at: noon
  }

  it("is the body written to the cache for an hour, and the answer as long as it may be", () => {
    assert.deepStrictEqual(reserveOf(asked), { usd: 0.01 + 0.025, tokens: 2_000 })
    assert.strictEqual(reserveOf({ ...asked, maxTokens: 128_000 }).tokens, 33_000)
  })

  it("assumes a price where none is known, in place of nothing", () => {
    const { usd } = reserveOf({ ...asked, model: "claude-next-9" })
    assert.strictEqual(usd, assumedUsd({ ...Usage.zero, cacheWrite1h: 1_000, output: 1_000 }))
    assert.isAbove(reserveOf({ ...asked, model: undefined }).usd, 0)
  })
})
