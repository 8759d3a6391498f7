/** Tests that hand their processes on to each other. */
import * as LineWorkers from "@clawdbot/testing/Process/LineWorkers"
import { afterAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Scope from "effect/Scope"

/** One test: its name, what it does, and how long it may take in ms. */
export type Test = <A, E>(
  name: string,
  run: () => Effect.Effect<A, E, LineWorkers.LineWorkers | Scope.Scope>,
  timeout: number
) => void

/**
 * A group of tests over the same processes. `layer` of `@effect/vitest` would do the same, and
 * changes the `it` of every file that the same worker of Vitest runs afterwards.
 */
export const describeWithWorkers = (name: string, define: (test: Test) => void): void => {
  describe(name, () => {
    const workers = ManagedRuntime.make(LineWorkers.layer)
    afterAll(() => workers.dispose())
    define((name, run, timeout) => {
      it.scopedLive(name, () => Effect.provide(run(), workers), timeout)
    })
  })
}
