/**
 * A clock that was ahead and is right again (a machine that woke with a wrong date, a virtual
 * machine that was moved): what was noted meanwhile seems to come from the future. It would hold a
 * credential back until that future comes, and beat every newer word. Pure.
 */
import { defined, ifDefined } from "../Document/defined.ts"
import { skewMs } from "../Time/skew.ts"
import type { HealthDocument, ProfileHealth } from "./HealthDocument.ts"
import { lastLearnedAt } from "./joinWindows.ts"
import type { Window } from "./Window.ts"

const withoutFuture = (window: Window, latest: number): Window => {
  if (lastLearnedAt(window) <= latest) return window
  const { concurrent: _concurrent, sentAt: _sentAt, ...longest } = window
  return longest
}

const forgetIn = (health: ProfileHealth, latest: number): ProfileHealth => {
  const { clearedAt, ladder, lastGoodAt, lastUsedAt, needsLogin, renewedAt, trials, windows } =
    health
  const isSound =
    windows.every((window) => lastLearnedAt(window) <= latest) &&
    (trials ?? []).every(({ at }) => at <= latest) &&
    [clearedAt, lastGoodAt, lastUsedAt, renewedAt, ladder?.lastFailureAt, needsLogin?.since].every(
      (at) => at === undefined || at <= latest
    )
  if (isSound) return health
  const past = (at: number | undefined): at is number => at !== undefined && at <= latest
  return {
    secretFingerprint: health.secretFingerprint,
    ...defined({
      organization: health.organization,
      lastUsedAt: past(lastUsedAt) ? lastUsedAt : undefined,
      lastGoodAt: past(lastGoodAt) ? lastGoodAt : undefined,
      needsLogin: ifDefined(needsLogin, (needsLogin) => ({
        ...needsLogin,
        since: Math.min(needsLogin.since, latest)
      })),
      renewedAt: past(renewedAt) ? renewedAt : undefined,
      renewedFrom: health.renewedFrom,
      clearedAt: past(clearedAt) ? clearedAt : undefined,
      ladder: ladder !== undefined && ladder.lastFailureAt <= latest ? ladder : undefined
    }),
    windows: windows
      .filter(({ observedAt }) => observedAt <= latest)
      .map((window) => withoutFuture(window, latest)),
    ...defined({
      trials: ifDefined(trials, (trials) => trials.filter(({ at }) => at <= latest)),
      kept: health.kept
    })
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
  if (isSame) return document
  return { ...document, version: document.version + 1, recent: [], profiles }
}
