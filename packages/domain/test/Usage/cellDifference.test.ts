/** What came to a cell is what has to be added to it again, in every field that a cell has. */
import type { Cost } from "@clawdbot/domain/Usage/Cost"
import { cellDifference, isNothing } from "@clawdbot/domain/Usage/cellDifference"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"

const count = fc.nat(1_000_000)
/** Binary fractions, whose sums are exact. */
const usd = fc.nat(1_000_000).map((units) => units / 1_024)
const cost: fc.Arbitrary<Cost> = fc.record({
  billed: usd,
  list: usd,
  priced: fc.integer({ min: 1, max: 1_000 })
})
const cell: fc.Arbitrary<Cell.UsageCell> = fc
  .record({
    requests: fc.integer({ min: 1, max: 1_000 }),
    unmeasured: count,
    usage: fc.record({
      input: count,
      output: count,
      cacheRead: count,
      cacheWrite5m: count,
      cacheWrite1h: count,
      cacheWriteOther: count
    }),
    cost: fc.option(cost, { nil: undefined }),
    assumed: fc.option(
      usd.filter((amount) => amount > 0),
      { nil: undefined }
    )
  })
  .map((sums) => ({
    hour: 480_000,
    agent: "main",
    profile: "anthropic:work",
    model: "claude-opus-5",
    client: "laptop",
    ttl: "",
    ...sums
  }))

describe("the difference of two cells", () => {
  it("is what came to the earlier one", () => {
    fc.assert(
      fc.property(cell, cell, (before, more) => {
        const [now] = Cell.merged([before, more])
        if (now === undefined) return assert.fail("there is one")
        assert.deepStrictEqual(cellDifference(now, before), more)
        assert.strictEqual(isNothing(more), false)
      })
    )
  })

  it("is nothing of two alike, and there is none where one has become less", () => {
    fc.assert(
      fc.property(cell, cell, (one, more) => {
        const same = cellDifference(one, one)
        if (same === undefined) return assert.fail("nothing is an addition")
        assert.isTrue(isNothing(same))
        assert.isUndefined(same.cost)
        assert.isUndefined(same.assumed)
        const [both] = Cell.merged([one, more])
        if (both === undefined) return assert.fail("there is one")
        assert.isUndefined(cellDifference(one, both))
      })
    )
  })
})
