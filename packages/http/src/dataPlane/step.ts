/** The steps of a request that have to wait for nothing, and what is left to do after one. */
import * as Effect from "effect/Effect"

/**
 * Runs an effect that comes of a request; nothing that goes wrong in it is left without an answer.
 */
export type Run = (effect: Effect.Effect<void>) => void

/** What is left to do about a request: nothing, for most. */
export type Rest = Effect.Effect<void> | undefined

/**
 * Takes a step of a request, and runs what comes of it. What goes wrong in the step does so as if
 * it were part of that.
 */
export const step = (run: Run, take: () => Rest): void => {
  let rest: Rest
  try {
    rest = take()
  } catch (defect) {
    rest = Effect.die(defect)
  }
  if (rest !== undefined) run(rest)
}
