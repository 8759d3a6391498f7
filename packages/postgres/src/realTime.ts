/**
 * The time of this machine, for what is about other machines: no test can set their clocks, so
 * that waiting for them must not follow a test's.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const machine = Clock.make()

/** Epoch ms by the machine's clock. */
export const wallNow = (): number => machine.unsafeCurrentTimeMillis()

/** Runs an effect by the machine's clock. */
export const inRealTime: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  Effect.withClock(machine)
