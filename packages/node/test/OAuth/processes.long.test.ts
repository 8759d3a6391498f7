import * as fs from "node:fs/promises"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { foreignHolderKilled, refreshedByBoth } from "./besideClaudeCode.ts"
import { describeWithWorkers } from "./describeWithWorkers.ts"
import { storeOf } from "./fleet.ts"
import { askerKilled, oneGrantARound } from "./rounds.ts"

const minute = 60_000

describeWithWorkers("one grant per expiry, across many processes", (test) => {
  test(
    "32 processes with 8 fibers each, 100 rounds",
    () => oneGrantARound({ processes: 32, fibers: 8, rounds: 100 }),
    20 * minute
  )

  test(
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

  test(
    "three agents with copies of one token, and a lock left behind each round, every other " +
      "one dated in the future",
    () =>
      oneGrantARound({
        processes: 32,
        fibers: 8,
        rounds: 6,
        agents: ["main", "work", "home"],
        before: async ({ round, stateDir }) => {
          const lock = `${await fs.realpath(storeOf(stateDir, "main"))}.lock`
          await fs.mkdir(lock)
          if (round % 2 === 0) await fs.utimes(lock, 4_000_000_000, 4_000_000_000)
        }
      }),
    5 * minute
  )

  test(
    "Claude Code refreshes the same login under its own lock",
    () =>
      Effect.map(refreshedByBoth({ processes: 32, fibers: 8, rounds: 12 }), ({ ours, theirs }) => {
        assert.isAtLeast(ours, 4)
        assert.isAtLeast(theirs, 4)
      }),
    5 * minute
  )

  test(
    "Claude Code is killed while it refreshes",
    () => foreignHolderKilled({ processes: 32, fibers: 8, inFuture: true }),
    5 * minute
  )

  test(
    "the process that asks killed 60 times: only between the grant and the journal is the " +
      "login lost",
    () =>
      Effect.map(
        askerKilled({ processes: 8, fibers: 8, rounds: 60, killWithinMs: 400 }),
        (count) => {
          assert.deepStrictEqual(count["before the grant"], { served: 20, lost: 0 })
          assert.deepStrictEqual(count["after the journal"], { served: 20, lost: 0 })
          assert.strictEqual(count.anywhere.served + count.anywhere.lost, 20)
        }
      ),
    20 * minute
  )
})
