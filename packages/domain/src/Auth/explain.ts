/** A ranking as evidence, and the error that follows from one without a usable candidate. Pure. */

import { defined } from "../Document/defined.ts"
import { listIf } from "../Document/listIf.ts"
import { isMoney } from "../Health/FailureClass.ts"
import { isStated } from "../Health/Window.ts"
import { endsLogin, isFinal, type OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { loginCure } from "../Status/loginCure.ts"
import type { AllInCooldown as AllInCooldownType } from "./AuthError.ts"
import { type AuthError, makeAllInCooldown, NoApiKey, NoCredentials } from "./AuthError.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { Explanation, RejectReason } from "./Explanation.ts"
import type { Candidate, Evidence, Ranking } from "./Order.ts"
import type { Rejected } from "./Roster.ts"
import { withCures } from "./rejectionCure.ts"

/** `tested`: whether cooldowns are tested at all, because no other credential is ready. */
const explainCandidate = (
  candidate: Candidate,
  tested: boolean
): Explanation["candidates"][number] => ({
  profile: candidate.profile,
  kind: candidate.credential.type,
  owner: candidate.ambient ? "" : candidate.owner,
  state: candidate.state === "half-open" && !tested ? "cooling" : candidate.state,
  place: candidate.place,
  obstacles: candidate.obstacles.map((window) => ({
    scope: window.scope,
    class: window.class,
    source: window.source,
    stated: isStated(window),
    until: window.until
  })),
  nextTrialAt:
    tested && candidate.availableAt < candidate.usableAt ? candidate.availableAt : undefined,
  ...defined({ quota: candidate.quota })
})

/**
 * The dry run of a request: who would answer, why, why not the others, and when each comes back.
 * `byConversation`: a conversation that begins would get its own.
 */
export const explain = (
  request: AuthRequest,
  ranking: Ranking,
  storePath: string,
  byConversation?: boolean
): Explanation => {
  const chosen = ranking.candidates.find(
    (candidate) => candidate.usableAt === 0 || candidate.profile === request.profile
  )
  const cooling = ranking.candidates.filter((candidate) => candidate.usableAt > 0)
  const nextAt =
    cooling.length === 0 ? undefined : Math.min(...cooling.map((candidate) => candidate.usableAt))
  return {
    agent: request.agent,
    provider: request.provider,
    ...defined({ model: request.model }),
    storePath,
    ...defined({ chosen: chosen?.profile }),
    candidates: ranking.candidates.map((candidate) =>
      explainCandidate(candidate, chosen === undefined)
    ),
    rejected: ranking.rejected.map(({ also, cure, detail, kind, owner, profile, reason }) => ({
      profile,
      reason,
      ...defined({ detail, also, owner, kind, cure })
    })),
    ...defined({ byConversation, nextAt })
  }
}

const everyObstacle = (ranking: Ranking, isMeant: (failureClass: string) => boolean): boolean =>
  ranking.candidates.every((candidate) =>
    candidate.obstacles.some((window) => isMeant(window.class))
  )

/**
 * `retryAt` is when asking again is worth it by the candidates themselves, but not before
 * `notBefore`: other trials may have to end first. The rest is worked out when somebody asks.
 */
const allInCooldown = (
  request: AuthRequest,
  retryAt: number,
  ranking: () => Ranking,
  storePath: string,
  notBefore: number
): AllInCooldownType =>
  makeAllInCooldown(
    {
      provider: request.provider,
      agent: request.agent,
      storePath,
      retryAt: Math.max(notBefore, retryAt)
    },
    () => {
      const known = ranking()
      return {
        outOfCredit: everyObstacle(known, isMoney),
        refused: everyObstacle(known, (failureClass) => failureClass === "auth"),
        heldBack: known.rejected.flatMap((entry) =>
          listIf(entry.reason === "held back: pay-as-you-go", entry.profile)
        ),
        explanation: withCures(explain(request, known, storePath))
      }
    }
  )

/** Reasons that say a profile has nothing to do with the request at all. */
const unrelated: ReadonlySet<RejectReason> = new Set([
  "another provider",
  "not in the order",
  "not a setup token"
])

/** Why no credential is available at a time (epoch ms) or later. */
export const failure = (
  request: AuthRequest,
  { ranking, retryAt }: Evidence,
  storePath: string,
  notBefore = 0
): AuthError => {
  const { agent, profile, provider } = request
  if (profile === undefined && retryAt !== undefined)
    return allInCooldown(request, retryAt, ranking, storePath, notBefore)
  const explanation = withCures(explain(request, ranking(), storePath))
  const common = { provider, agent, storePath, explanation }
  if (profile !== undefined) return new NoCredentials({ ...common, profile })
  if (explanation.rejected.every((entry) => unrelated.has(entry.reason)))
    return new NoApiKey(common)
  return new NoCredentials(common)
}

/** A login that could not be refreshed, as a reason why its profile does not answer. */
const refreshFailed = (error: OAuthRefreshFailed): Rejected => {
  const { cause, detail, profile } = error
  const found: Rejected = {
    profile: ProfileId.of(profile),
    reason: "refresh failed",
    detail: `${cause}: ${detail}`
  }
  if (endsLogin(cause)) return { ...found, cure: loginCure(error) }
  return found
}

/**
 * The same after some candidates turned out not to be any. A login that only cannot be refreshed
 * for now is told as just that, because it comes back by itself (decision D6); unless somebody else
 * comes back before it.
 */
export const unanswered = (
  request: AuthRequest,
  evidenceWithout: (broken: ReadonlySet<string>) => Evidence,
  storePath: string,
  broken: ReadonlyArray<OAuthRefreshFailed>,
  notBefore = 0
): AuthError | OAuthRefreshFailed => {
  const { ranking, retryAt } = evidenceWithout(new Set(broken.map(({ profile }) => profile)))
  const withBroken = (): Ranking => {
    const { candidates, rejected } = ranking()
    return { candidates, rejected: [...rejected, ...broken.map(refreshFailed)] }
  }
  const error = failure(request, { retryAt, ranking: withBroken }, storePath, notBefore)
  const soonest = broken
    .filter(({ cause }) => !isFinal(cause))
    .reduce<OAuthRefreshFailed | undefined>(
      (first, next) =>
        first === undefined || (next.retryAt ?? 0) < (first.retryAt ?? 0) ? next : first,
      undefined
    )
  if (soonest === undefined) return error
  const isLater =
    error._tag === "AllInCooldown" && error.retryAt > 0 && error.retryAt < (soonest.retryAt ?? 0)
  if (isLater) return error
  return soonest
}
