/**
 * A clock that was ahead and is right again (a machine that woke with a wrong date, a virtual
 * machine that was moved): what was noted meanwhile seems to come from the future. It would hold a
 * credential back until that future comes, and beat every newer word. Pure.
 */
import { skewMs } from "../Time/skew.ts"
import type { HealthDocument, ProfileHealth } from "./HealthDocument.ts"

const forgetIn = (health: ProfileHealth, latest: number): ProfileHealth => {
  const { clearedAt, ladder, lastGoodAt, lastUsedAt, needsLogin, renewedAt, trials, windows } =
    health
  const isSound =
    windows.every(({ observedAt }) => observedAt <= latest) &&
    (trials ?? []).every(({ at }) => at <= latest) &&
    [clearedAt, lastGoodAt, lastUsedAt, renewedAt, ladder?.lastFailureAt, needsLogin?.since].every(
      (at) => at === undefined || at <= latest
    )
  if (isSound) return health
  const past = (at: number | undefined): at is number => at !== undefined && at <= latest
  return {
    secretFingerprint: health.secretFingerprint,
    ...(health.organization !== undefined ? { organization: health.organization } : {}),
    ...(past(lastUsedAt) ? { lastUsedAt } : {}),
    ...(past(lastGoodAt) ? { lastGoodAt } : {}),
    // That a login is over does not hang on the time at which it ended.
    ...(needsLogin !== undefined
      ? { needsLogin: { ...needsLogin, since: Math.min(needsLogin.since, latest) } }
      : {}),
    ...(past(renewedAt) ? { renewedAt } : {}),
    ...(health.renewedFrom !== undefined ? { renewedFrom: health.renewedFrom } : {}),
    ...(past(clearedAt) ? { clearedAt } : {}),
    ...(ladder !== undefined && ladder.lastFailureAt <= latest ? { ladder } : {}),
    windows: windows.filter(({ observedAt }) => observedAt <= latest),
    ...(trials !== undefined ? { trials: trials.filter(({ at }) => at <= latest) } : {}),
    ...(health.kept !== undefined ? { kept: health.kept } : {})
  }
}

/**
 * The document without what was noted by a clock that was ahead of `now` (epoch ms); the same
 * document where there is nothing of the kind.
 */
export const forgetFuture = (document: HealthDocument, now: number): HealthDocument => {
  const profiles = new Map(
    [...document.profiles].map(([id, health]) => [id, forgetIn(health, now + skewMs)] as const)
  )
  const isSame = [...profiles].every(([id, health]) => document.profiles.get(id) === health)
  return isSame ? document : { ...document, version: document.version + 1, recent: [], profiles }
}
