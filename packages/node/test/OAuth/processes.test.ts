import * as fs from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storeOf } from "./fleet.ts"
import { killedAtRandom, oneGrantARound } from "./rounds.ts"

const minute = 60_000

describe("one grant per expiry, across processes", () => {
  it.scopedLive(
    "eight processes with eight fibers each",
    () => oneGrantARound({ processes: 8, fibers: 8, rounds: 5 }),
    minute
  )

  it.scopedLive(
    "three agents with copies of one token",
    () => oneGrantARound({ processes: 6, fibers: 4, rounds: 2, agents: ["main", "work", "home"] }),
    minute
  )

  it.scopedLive(
    "a slow endpoint",
    () =>
      oneGrantARound({
        processes: 4,
        fibers: 4,
        rounds: 1,
        before: async ({ endpoint }) => endpoint.script.push({ beforeMs: 2_000 })
      }),
    minute
  )

  it.scopedLive(
    "a store lock that a dead process left, dated in the future",
    () =>
      oneGrantARound({
        processes: 4,
        fibers: 4,
        rounds: 2,
        before: async ({ round, stateDir }) => {
          const lock = `${await fs.realpath(storeOf(stateDir, "main"))}.lock`
          await fs.mkdir(lock)
          if (round === 2) await fs.utimes(lock, 4_000_000_000, 4_000_000_000)
        }
      }),
    minute
  )

  it.scopedLive(
    "where sockets are files",
    () => oneGrantARound({ processes: 6, fibers: 4, rounds: 3, platform: "darwin" }),
    minute
  )

  it.live(
    "the holder killed at random moments",
    () =>
      Effect.map(
        killedAtRandom({ processes: 4, fibers: 4, rounds: 8, killWithinMs: 300 }),
        ({ lost, repeated, served }) => {
          assert.strictEqual(served + lost, 8)
          assert.isAtLeast(repeated, 1)
        }
      ),
    2 * minute
  )
})
