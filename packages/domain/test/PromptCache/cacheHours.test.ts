/** What is kept of the prompt cache by hour: sums, spans of time, and bounds. */
import { assert, describe, it } from "@effect/vitest"
import { CacheHours, maxHours, maxRows, maxRowsOfHour } from "../../src/PromptCache/CacheHours.ts"
import type { CacheReport } from "../../src/PromptCache/CacheReport.ts"
import { CacheCause, isMiss } from "../../src/PromptCache/cacheCause.ts"
import { causeWords } from "../../src/PromptCache/causeWords.ts"

const hour = 3_600_000
const start = Date.UTC(2026, 10, 29, 8)
const model = "claude-opus-5-5"

const hit: CacheReport = { cause: "hit", read: 900, written: 100, expected: 900 }
const miss: CacheReport = {
  cause: "prefix_changed",
  at: "system[0]",
  read: 100,
  written: 900,
  expected: 1_000,
  lostUsd: 0.25
}

describe("the hours of the prompt cache", () => {
  it("sum by client, model and cause, the most expensive first, with the last place", () => {
    const hours = new CacheHours()
    hours.add(start, "laptop", model, hit)
    hours.add(start, "laptop", model, miss)
    hours.add(start + hour, "laptop", model, { ...miss, at: "tools[3]" })
    hours.add(start + hour, "", model, { cause: "unexplained", read: 0, written: 5, expected: 5 })
    const row = { client: "laptop", model, lostTokens: 0, lostUsd: 0, unpriced: 0 }
    assert.deepStrictEqual(hours.from(start), {
      since: start,
      rows: [
        {
          ...row,
          cause: "prefix_changed",
          at: "tools[3]",
          requests: 2,
          lostTokens: 1_800,
          lostUsd: 0.5
        },
        { ...row, client: "", cause: "unexplained", requests: 1, lostTokens: 5, unpriced: 1 },
        { ...row, cause: "hit", requests: 1 }
      ]
    })
  })

  it("begin with the hour that was asked for", () => {
    const hours = new CacheHours()
    hours.add(start, "", model, miss)
    hours.add(start + hour, "", model, miss)
    const { rows, since } = hours.from(start + 1.5 * hour)
    assert.strictEqual(since, start + hour)
    assert.deepStrictEqual(
      rows.map(({ requests }) => requests),
      [1]
    )
    assert.deepStrictEqual(hours.from(start + 2 * hour).rows, [])
  })

  it("are seven days at most, and say from when on they know", () => {
    const hours = new CacheHours()
    for (let index = 0; index < maxHours + 10; index++)
      hours.add(start + index * hour, "", model, hit)
    const { rows, since } = hours.from(start)
    assert.strictEqual(since, start + 10 * hour)
    assert.strictEqual(rows[0]?.requests, maxHours)
  })

  it("keep so many rows at most, and lose no request of an hour", () => {
    const hours = new CacheHours()
    const many = 2 * maxRowsOfHour
    for (let index = 0; index < many; index++) hours.add(start, "c", `model-${index}`, miss)
    const { rows } = hours.from(start)
    assert.strictEqual(rows.length, maxRowsOfHour + 1)
    assert.strictEqual(
      rows.reduce((sum, { requests }) => sum + requests, 0),
      many
    )
    assert.deepInclude(rows[0], { client: "other", model: "other", requests: many / 2 })
    for (let index = 0; index < 40 * maxRowsOfHour; index++)
      hours.add(start + Math.floor(index / maxRowsOfHour) * hour, "c", `m${index}`, hit)
    assert.isAtMost(hours.from(start).rows.length, maxRows)
    assert.isAbove(hours.from(start).since, start)
  })
})

it("each cause of a miss has a cure", () => {
  for (const cause of CacheCause.literals)
    assert.strictEqual(
      causeWords[cause].cure !== undefined,
      isMiss(cause) || cause === "no_breakpoint",
      cause
    )
})
