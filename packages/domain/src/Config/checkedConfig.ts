/**
 * A `ConfigStore` for a program that cannot work with every valid config. One that it refuses
 * counts as a broken one: the first ends the start, a later one is reported, and the last good one
 * stays (decision D20).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { ConfigInvalid } from "./ConfigError.ts"
import type { ConfigSnapshot, ConfigStore } from "./ConfigStore.ts"

/** The same store, with a check of its own. `refusal` is asked once for each state of the file. */
export const checked = (
  store: ConfigStore["Type"],
  refusal: (snapshot: ConfigSnapshot) => ConfigInvalid | undefined
): ConfigStore["Type"] => {
  let seen: ConfigSnapshot | undefined
  let refused: ConfigInvalid | undefined
  let good: ConfigSnapshot | undefined

  const check = (snapshot: ConfigSnapshot): ConfigInvalid | undefined => {
    if (snapshot !== seen) {
      seen = snapshot
      refused = refusal(snapshot)
      if (refused === undefined) good = snapshot
    }
    return refused
  }
  const lastGood = (snapshot: ConfigSnapshot): ConfigSnapshot | undefined => {
    check(snapshot)
    return good
  }
  return {
    ...store,
    load: Effect.flatMap(store.load, (snapshot) => {
      const error = check(snapshot)
      if (error === undefined) return Effect.succeed(snapshot)
      if (good === undefined) return Effect.fail(error)
      return Effect.succeed(good)
    }),
    changes: Stream.map(
      store.changes,
      Either.flatMap((snapshot) => {
        const error = check(snapshot)
        if (error === undefined) return Either.right(snapshot)
        return Either.left(error)
      })
    ),
    current: () => {
      const snapshot = store.current()
      if (snapshot === undefined) return undefined
      return lastGood(snapshot)
    }
  }
}
