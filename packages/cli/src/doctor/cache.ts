/** What the running gateway saw of the prompt cache in the last day, for `doctor`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const dayMs = 24 * 3_600_000

/** Undefined where no gateway runs, and for one of an older version. */
export const lookAtCache = Effect.gen(function* () {
  const { ask } = yield* Effect.promise(() => import("../gateway/cacheReport.ts"))
  const now = yield* Clock.currentTimeMillis
  return yield* Effect.orElseSucceed(ask(Math.max(0, now - dayMs)), () => undefined)
})
