/**
 * A clock that is only read: for long simulations in which nothing sleeps. `TestClock` looks for
 * sleepers with every step, which takes milliseconds of real time.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

export interface ManualClock extends Clock.Clock {
  /** Moves on by so many ms. */
  readonly advance: (ms: number) => Effect.Effect<void>
}

/** At the epoch. */
export const make = (): ManualClock => {
  let now = 0
  return Object.assign(Object.create(Clock.make()), {
    unsafeCurrentTimeMillis: () => now,
    currentTimeMillis: Effect.sync(() => now),
    unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
    sleep: () => Effect.dieMessage("nothing sleeps on this clock"),
    advance: (ms: number) =>
      Effect.sync(() => {
        now += ms
      })
  })
}

/** Lets whoever runs the tests be heard: a simulation never waits for anything by itself. */
export const pause: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => resume(Effect.void))
})
