/** How far a client's money is used, in headers that clients of plans read. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { limitHeaders as listed, ownLimits } from "../../src/Budget/limitHeaders.ts"
import { endOf } from "../../src/Budget/Period.ts"
import type { HeaderReader } from "../../src/Health/answerHeaders.ts"
import { planUsage } from "../../src/Health/planLimits.ts"
import { readUsage } from "../../src/Health/readUsage.ts"

const noon = Date.UTC(2026, 10, 29, 12)
const prefix = "anthropic-ratelimit-unified"
/** The list of names and values as a record. */
const limitHeaders = (
  ...given: Parameters<typeof listed>
): Readonly<Record<string, string>> | undefined => {
  const list = listed(...given)
  if (list === undefined) return undefined
  const pairs = Array.from({ length: list.length / 2 }, (_, index) =>
    list.slice(index * 2, index * 2 + 2)
  )
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, value]))
}

const readerOf =
  (headers: Readonly<Record<string, string>>): HeaderReader =>
  (name) =>
    headers[name]

describe("the limits of a client's money in headers", () => {
  it("are named as those of a plan, warn at 75 and 95 %, and name the one used most", () => {
    const budget = { usdPerDay: 4, usdPerMonth: 100 }
    const at = (day: number, month = 1) =>
      limitHeaders(budget, { day, week: day, month }, noon) ?? {}
    assert.deepStrictEqual(at(3), {
      [`${prefix}-status`]: "allowed_warning",
      [`${prefix}-reset`]: "1795996800",
      [`${prefix}-representative-claim`]: "five_hour",
      [`${prefix}-5h-status`]: "allowed_warning",
      [`${prefix}-5h-reset`]: "1795996800",
      [`${prefix}-5h-utilization`]: "0.7500",
      [`${prefix}-5h-surpassed-threshold`]: "0.75",
      [ownLimits]: "budget"
    })
    assert.strictEqual(at(2.99)[`${prefix}-status`], "allowed")
    assert.strictEqual(at(2.99)[`${prefix}-5h-surpassed-threshold`], undefined)
    assert.strictEqual(at(3.8)[`${prefix}-5h-surpassed-threshold`], "0.95")
    const monthly = at(1, 99)
    assert.strictEqual(monthly[`${prefix}-representative-claim`], "seven_day")
    assert.strictEqual(monthly[`${prefix}-7d-reset`], String(Date.UTC(2026, 11) / 1_000))
    assert.strictEqual(monthly[`${prefix}-5h-utilization`], undefined)
  })

  it("are read back by what reads a plan's, whatever was spent", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("day" as const, "week" as const, "month" as const),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (period, spent) => {
          const key = { day: "usdPerDay", week: "usdPerWeek", month: "usdPerMonth" }[period]
          const all = { day: spent, week: spent, month: spent }
          const header = readerOf(limitHeaders({ [key]: 10 }, all, noon) ?? {})
          const [reading, ...others] = planUsage(header)
          assert.deepStrictEqual(others, [])
          assert.strictEqual(reading?.scope, period === "day" ? "5h" : "7d")
          assert.strictEqual(reading?.resetAt, endOf(period, noon))
          assert.closeTo(reading?.utilization ?? -1, spent / 10, 1e-4)
          assert.isFalse(reading?.isExhausted)
        }
      )
    ))

  it("are there only for a limit of money, and only where it is known what was spent", () => {
    assert.strictEqual(limitHeaders({ usdPerDay: 1 }, undefined, noon), undefined)
    const spent = { day: 1, week: 1, month: 1 }
    assert.strictEqual(limitHeaders({ requestsPerMinute: 1 }, spent, noon), undefined)
  })

  it("are not taken for the provider's by a gateway that gets them", () => {
    const asked = { path: "/v1/messages", model: "claude-opus-4-5", fast: undefined }
    const headers = limitHeaders({ usdPerDay: 1 }, { day: 1, week: 1, month: 1 }, noon) ?? {}
    assert.deepStrictEqual(readUsage(readerOf(headers), asked, noon), [])
    const { [ownLimits]: _, ...unmarked } = headers
    assert.strictEqual(readUsage(readerOf(unmarked), asked, noon).length, 1)
    const requests = {
      ...headers,
      "anthropic-ratelimit-requests-limit": "100",
      "anthropic-ratelimit-requests-remaining": "40"
    }
    assert.strictEqual(readUsage(readerOf(requests), asked, noon).length, 1)
  })
})
