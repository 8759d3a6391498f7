/** Waiting for something that another fiber or process brings about. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** Looks every 20 ms until it holds; fails with a timeout when it does not within so many ms. */
export const eventually = <E, R>(look: Effect.Effect<boolean, E, R>, withinMs: number) =>
  Effect.repeat(look, { until: (done) => done, schedule: Schedule.spaced(20) }).pipe(
    Effect.timeout(withinMs)
  )
