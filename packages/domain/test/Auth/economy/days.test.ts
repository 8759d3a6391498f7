import { assert, describe, it } from "@effect/vitest"
import { dayOf } from "./day.ts"
import { live } from "./provider.ts"
import { roundRobin, threshold } from "./rivals.ts"

describe("twenty days", () => {
  it("ask the same of every rule", () => {
    const day = dayOf(2)
    const turns = day.talks.reduce((sum, talk) => sum + talk.turns.length, 0)
    assert.deepStrictEqual(dayOf(2), day)
    assert.strictEqual(live(day, threshold()).requests, turns)
    assert.strictEqual(live(day, roundRobin()).requests, turns)
  })
})
