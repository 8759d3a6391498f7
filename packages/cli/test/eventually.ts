/** Waiting for what another process brings about. */
import * as Effect from "effect/Effect"

/** Looks every 5 ms until it holds, and dies when it never does. */
export const eventually = (is: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let looks = 0; looks < 4_000; looks++) {
      if (is()) return
      // real time: a look at something real, repeated until it holds.
      yield* Effect.sleep(5)
    }
    return yield* Effect.dieMessage("what the test waits for did not come about")
  })
