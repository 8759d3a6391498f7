import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as ManualClock from "./manualClock.ts"
import { simulate, world } from "./simulation.ts"
import { layerWorld } from "./world.ts"

describe("a pool of 50 profiles over 14 days", () => {
  it.effect(
    "a short run: no request fails while a usable credential exists, none goes to one that " +
      "is cooling down before a trial is due, no guess refuses longer than a trial interval " +
      "and no stated pause longer than its half, and it is repeatable",
    () =>
      Effect.gen(function* () {
        const run = (looking: boolean) =>
          Effect.suspend(() => {
            // A clock of its own, so that all runs begin at the same time.
            const clock = ManualClock.make()
            return simulate(clock, 4000).pipe(
              Effect.provide(layerWorld({ ...world, looking })),
              Effect.withRandom(Random.make("jitter")),
              Effect.withClock(clock)
            )
          })
        const first = yield* run(false)
        console.log(first)
        assert.deepStrictEqual([first.failedForNothing, first.sentBeforeDue], [0, 0])
        assert.strictEqual(first.answered + first.refusedToClient, 4000)
        // More is asked for than the pool can give: some requests must be refused, and nearly all
        // are answered.
        assert.isAbove(first.answered, 0.9 * 4000)
        assert.isAbove(first.refusedToClient, 0)
        assert.isAbove(first.trials, 0)
        assert.isAtMost(first.longestGuess, 300_000)
        // What the provider named is tested half way, and credit every 15 minutes: after that, a
        // credential waits only for the trials of the 49 others, one each second.
        assert.isAbove(first.statedPauses, 50)
        assert.isAtMost(first.longestOverdue, 60_000)
        assert.deepStrictEqual(yield* run(false), first)
        // Beginning with what is known must choose the same as looking at everything first.
        assert.deepStrictEqual(yield* run(true), first)
      }),
    600_000
  )
})
