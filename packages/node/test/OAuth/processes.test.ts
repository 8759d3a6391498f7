import * as fs from "node:fs/promises"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { foreignHolderKilled, refreshedByBoth } from "./besideClaudeCode.ts"
import { describeWithWorkers } from "./describeWithWorkers.ts"
import { storeOf } from "./fleet.ts"
import { askerKilled, oneGrantARound } from "./rounds.ts"

const minute = 60_000

describeWithWorkers("one grant per expiry, across processes", (test) => {
  test(
    "12 processes with eight fibers each",
    () => oneGrantARound({ processes: 12, fibers: 8, rounds: 5 }),
    minute
  )

  test(
    "three agents with copies of one token",
    () => oneGrantARound({ processes: 6, fibers: 4, rounds: 2, agents: ["main", "work", "home"] }),
    minute
  )

  test(
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

  test(
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

  test(
    "where sockets are files",
    () => oneGrantARound({ processes: 6, fibers: 4, rounds: 3, platform: "darwin" }),
    minute
  )

  test(
    "Claude Code refreshes the same login under its own lock",
    () =>
      Effect.map(refreshedByBoth({ processes: 6, fibers: 4, rounds: 6 }), ({ ours, theirs }) => {
        assert.isAtLeast(ours, 2)
        assert.isAtLeast(theirs, 2)
      }),
    minute
  )

  test(
    "an older Claude Code refreshes the same login under the lock it had",
    () =>
      Effect.map(
        refreshedByBoth({ processes: 2, fibers: 4, rounds: 3, legacyLock: true }),
        ({ ours, theirs }) => {
          assert.strictEqual(ours + theirs, 3)
          assert.isAtLeast(theirs, 1)
        }
      ),
    minute
  )

  for (const inFuture of [false, true]) {
    test(
      "Claude Code is killed while it " +
        `refreshes${inFuture ? ", and what is left of its lock is dated in the future" : ""}`,
      () => foreignHolderKilled({ processes: 4, fibers: 4, inFuture }),
      minute
    )
  }

  test(
    "the process that asks killed: only between the grant and the journal is the login lost",
    () =>
      Effect.map(
        askerKilled({ processes: 4, fibers: 4, rounds: 6, killWithinMs: 300 }),
        (count) => {
          assert.deepStrictEqual(count["before the grant"], { served: 2, lost: 0 })
          assert.deepStrictEqual(count["after the journal"], { served: 2, lost: 0 })
          assert.strictEqual(count.anywhere.served + count.anywhere.lost, 2)
        }
      ),
    2 * minute
  )
})
