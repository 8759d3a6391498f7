/**
 * Sends a request with other models when no credential can answer with the one it names (decision
 * D58). Each model goes the one way of all requests: `Failover.run`.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { maxFallbacks } from "../Model/fallbackModels.ts"
import type { Attempt, TrailEntry } from "./Attempt.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { Failover, FailoverError, Walked } from "./Failover.ts"
import { type FallbackCause, fallbackCause } from "./modelFallback.ts"

/** The same request with another model. */
export interface OtherModel<A> {
  readonly model: string
  readonly attempt: Attempt<A>
}

/**
 * Gives how a request ended, or how it ended with another model where that answers. `others` gives
 * the models that can take the request as it is; it is asked only when one is needed. Where none
 * answers, the request ends as it did with its own model. `trail` is that of all attempts.
 */
export const orOtherModel = <A>(
  failover: Pick<Failover, "run">,
  request: AuthRequest,
  ended: Effect.Effect<Walked<A>, FailoverError>,
  trail: Array<TrailEntry>,
  others: (cause: FallbackCause) => Iterable<OtherModel<A>>
): Effect.Effect<Walked<A>, FailoverError> =>
  Effect.gen(function* () {
    const first = yield* Effect.either(ended)
    const cause = fallbackCause(
      Either.map(first, ({ result }) => result),
      trail
    )
    if (cause === undefined) return yield* first
    const fallback = {
      beganAt: trail[0]?.startedAt,
      tried: cause === "overloaded" ? new Set(trail.map(({ profile }) => profile)) : undefined
    }
    let left = maxFallbacks
    for (const { attempt, model } of others(cause)) {
      const own: Array<TrailEntry> = []
      const asked = { ...request, model, fallback }
      const walked = yield* Effect.either(failover.run(asked, attempt, own))
      trail.push(...own.map((entry) => ({ ...entry, model })))
      if (Either.isRight(walked) && walked.right.result._tag !== "Refused")
        return { result: walked.right.result, trail }
      left -= 1
      if (left === 0) break
    }
    return yield* first
  })
