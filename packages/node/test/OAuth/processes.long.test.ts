import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { killedAtRandom, oneGrantARound } from "./rounds.ts"

const minute = 60_000

describe("one grant per expiry, across many processes", () => {
  it.scopedLive(
    "32 processes with 8 fibers each, 100 rounds",
    () => oneGrantARound({ processes: 32, fibers: 8, rounds: 100 }),
    20 * minute
  )

  it.scopedLive(
    "an endpoint that takes twenty seconds",
    () =>
      oneGrantARound({
        processes: 32,
        fibers: 8,
        rounds: 2,
        before: async ({ endpoint }) => endpoint.script.push({ beforeMs: 20_000 })
      }),
    5 * minute
  )

  it.live(
    "the holder killed at 60 random moments",
    () =>
      Effect.map(
        killedAtRandom({ processes: 8, fibers: 8, rounds: 60, killWithinMs: 400 }),
        ({ lost, repeated, served }) => {
          assert.strictEqual(served + lost, 60)
          assert.isAbove(served, lost)
          assert.isAbove(repeated, 5)
        }
      ),
    20 * minute
  )
})
