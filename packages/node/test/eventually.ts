/** Waiting for something that another fiber or process brings about. */
import * as Effect from "effect/Effect"

/** In real time, whatever clock the test runs by. */
// real time: a look at something real, repeated until it holds.
const pause = Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 5)))

/** Far more looks than the slowest machine needs: they bound a wait that is in vain. */
const maxLooks = 4_000

/** Looks every 5 ms until it holds, and dies when it never does. */
export const eventually = <E, R>(look: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    for (let looks = 0; looks < maxLooks; looks++) {
      if (yield* look) return
      yield* pause
    }
    return yield* Effect.dieMessage("what the test waits for did not come about")
  })

/** Lets what the operating system has finished come in, once. */
export const ioTurn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
