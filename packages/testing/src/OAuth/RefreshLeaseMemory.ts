/** `RefreshLease` within one process. Waiting is bounded by the clock of the test. */
import {
  type HeldRefreshLease,
  LeaseUnavailable,
  RefreshLease
} from "@clawdbot/domain/OAuth/RefreshLease"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** A lease that is waited for this long at most. */
export const layer = (
  maxWait: Duration.DurationInput = Duration.minutes(2)
): Layer.Layer<RefreshLease> =>
  Layer.sync(RefreshLease, () => {
    const permits = new Map<string, Effect.Semaphore>()
    return {
      withLease: <A, E, R>(
        fingerprint: string,
        use: (held: HeldRefreshLease) => Effect.Effect<A, E, R>
      ) =>
        Effect.suspend((): Effect.Effect<A, E | LeaseUnavailable, R> => {
          const permit = permits.get(fingerprint) ?? Effect.unsafeMakeSemaphore(1)
          permits.set(fingerprint, permit)
          return Effect.acquireUseRelease(
            permit.take(1).pipe(
              Effect.interruptible,
              Effect.timeoutOption(maxWait),
              Effect.filterOrFail(
                Option.isSome,
                () =>
                  new LeaseUnavailable({
                    reason: "busy",
                    detail: `waited ${Math.round(Duration.toSeconds(maxWait))} s`
                  })
              )
            ),
            () => use({ mayAsk: () => true }),
            () => permit.release(1)
          )
        })
    }
  })
