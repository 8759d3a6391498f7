import { assert, describe, it } from "@effect/vitest"
import { removableBefore } from "../../src/Time/retention.ts"

const day = 86_400_000
const now = 1_795_000_000_000
const keep = 90 * day
const ago = (...days: ReadonlyArray<number>) => days.map((one) => now - one * day)
const week = [0, 1, 2, 3, 4, 5, 6]

describe("what is old enough to be removed", () => {
  it("is what is older than it is kept, whether there is something new every day or rarely", () => {
    for (const dates of [ago(...week, 7, 80, 100), ago(50, 100), ago(), ago(10)])
      assert.strictEqual(removableBefore(dates, now, keep), now - keep)
  })

  it("is nothing where everything is far in the past: the clock may be years ahead", () => {
    assert.isUndefined(removableBefore(ago(3_652, 3_653, 3_654), now, keep))
    // Also once there is something of now, and of a few days more.
    assert.isUndefined(removableBefore(ago(0, 0, 1, 2, 3_652, 3_653), now, keep))
  })

  it("is the old again after so many days that the clock cannot be wrong", () => {
    assert.strictEqual(removableBefore(ago(...week, 3_652), now, keep), now - keep)
  })

  it("does not depend on what is dated ahead, which an earlier wrong clock noted", () => {
    assert.strictEqual(removableBefore(ago(-3_652, -3_651, 1, 50, 100), now, keep), now - keep)
    assert.isUndefined(removableBefore(ago(-3_652, -3_651, 3_652), now, keep))
  })

  it("needs no more days where things are kept for longer than that", () => {
    assert.strictEqual(removableBefore(ago(0, 300), now, 365 * day), now - 365 * day)
  })
})
