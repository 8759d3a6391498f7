import { assert, describe, it } from "@effect/vitest"
import { dayOf } from "./day.ts"
import { economy } from "./ours.ts"
import { live } from "./provider.ts"
import { everyRequest, roundRobin, threshold } from "./rivals.ts"

describe("a day of people on a few plans", () => {
  it("asks the same of every rule, and is the same every time", () => {
    const day = dayOf(2)
    const turns = day.talks.reduce((sum, talk) => sum + talk.turns.length, 0)
    assert.deepStrictEqual(dayOf(2), day)
    for (const rule of [economy, threshold, roundRobin, everyRequest])
      assert.strictEqual(live(day, rule()).requests, turns)
    assert.deepStrictEqual(live(day, economy()), live(day, economy()))
  })
})
