/**
 * A clock whose waits do not keep a program alive: work in the background (looking at files,
 * refreshing logins) must not hold up the end of a script.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const usual = Clock.make()

/** As the usual one, but for that. */
export const quietClock: Clock.Clock = {
  ...usual,
  currentTimeMillis: usual.currentTimeMillis,
  currentTimeNanos: usual.currentTimeNanos,
  unsafeCurrentTimeMillis: () => usual.unsafeCurrentTimeMillis(),
  unsafeCurrentTimeNanos: () => usual.unsafeCurrentTimeNanos(),
  sleep: (duration) =>
    Effect.async((resume) => {
      const timer = setTimeout(() => resume(Effect.void), Duration.toMillis(duration))
      timer.unref()
      return Effect.sync(() => clearTimeout(timer))
    })
}

/** So many calls are under way. */
let calls = 0
let alive: NodeJS.Timeout | undefined

/** Longer than any program waits, in ms. */
const longMs = 2 ** 30

/** Keeps the program alive until a call is done. */
export const keepAlive = async <A>(call: () => Promise<A>): Promise<A> => {
  calls += 1
  alive ??= setInterval(() => undefined, longMs)
  try {
    return await call()
  } finally {
    calls -= 1
    if (calls === 0) {
      clearInterval(alive)
      alive = undefined
    }
  }
}
