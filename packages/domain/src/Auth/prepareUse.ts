/** Makes the secret of a chosen credential ready to be sent, where that takes a refresh. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import type { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Candidate } from "./Order.ts"
import { useOf } from "./Snapshot.ts"
import type { Upstream } from "./upstreamOrigin.ts"

type Refresh = typeof OAuthRefresh.Service

const ensureFresh = (
  refresh: Refresh,
  candidate: Candidate,
  upstream: Upstream
): Effect.Effect<CredentialUse, OAuthRefreshFailed> => {
  const { credential, owner, profile } = candidate
  if (credential.type === "oauth")
    return Effect.map(refresh.ensureFresh({ owner, profile, credential }), (fresh) =>
      useOf(candidate, fresh, upstream)
    )
  return Effect.succeed(useOf(candidate, credential, upstream))
}

/**
 * The same candidate after the provider refused its access token: refreshed once, keyed by the
 * token that was refused. None for what cannot be refreshed, or just was.
 */
export const renew = (
  refresh: Refresh,
  candidate: Candidate,
  refused: CredentialUse,
  upstream: Upstream
): Effect.Effect<Option.Option<CredentialUse>, OAuthRefreshFailed> => {
  const { credential, owner, profile } = candidate
  if (credential.type === "oauth")
    return Effect.map(
      refresh.afterRefusal({ owner, profile, credential }, refused.secretFingerprint),
      Option.map((fresh) => useOf(candidate, fresh, upstream))
    )
  return Effect.succeedNone
}

/**
 * A candidate's secret, with at least so much life left, in ms, where a refresh can give it; one
 * that still has some is better than none.
 */
export const prepareUse = Effect.fnUntraced(function* (
  refresh: Refresh,
  candidate: Candidate,
  upstream: Upstream,
  lifeMs: number
) {
  const fresh = yield* ensureFresh(refresh, candidate, upstream)
  const left = (fresh.expiresAt ?? Number.POSITIVE_INFINITY) - (yield* Clock.currentTimeMillis)
  if (lifeMs === 0 || left >= lifeMs) return fresh
  const renewed = yield* renew(refresh, candidate, fresh, upstream).pipe(
    Effect.orElseSucceed(Option.none<CredentialUse>),
    // A token endpoint that hangs must not outlive the token that is still good.
    Effect.timeoutTo({
      duration: Math.max(0, left / 2),
      onSuccess: (found) => found,
      onTimeout: Option.none<CredentialUse>
    })
  )
  return Option.getOrElse(renewed, () => fresh)
})
