/**
 * What an event does to a credential's health (decisions D10–D14). Pure.
 *
 * A blocking window is ended by replacing it with one whose `until` is its `observedAt`, never by
 * leaving it out: otherwise a second writer, who still has the old window, would bring it back when
 * the two are merged.
 */
import type * as ProfileId from "../Profile/ProfileId.ts"
import { type UsageStats, unusableUntil } from "../Profile/UsageStats.ts"
import { billingPause, type CooldownSettings, failurePause } from "./Cooldown.ts"
import { capWindows } from "./capWindows.ts"
import { isMoney } from "./FailureClass.ts"
import {
  type HealthDocument,
  of as healthOf,
  type Ladder,
  type ProfileHealth
} from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import { ended, join } from "./joinWindows.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import { covers, credential } from "./Scope.ts"
import { isCredentialsFault, type UpstreamFailure } from "./UpstreamFailure.ts"
import { isBlocking, isStated, probeAt, type Window } from "./Window.ts"

/** How long an ended window is remembered, so that a slower writer cannot bring it back. */
const tombstoneMs = 24 * 60 * 60_000

const pruned = (windows: ReadonlyArray<Window>, now: number): ReadonlyArray<Window> =>
  capWindows(
    windows.filter((window) => window.until > now || window.observedAt > now - tombstoneMs),
    now
  )

/**
 * The ladder's rung after one more incident; an old failure no longer counts
 * (`failureWindowHours`).
 */
const climb = (
  ladder: Ladder | undefined,
  failure: UpstreamFailure,
  at: number,
  settings: CooldownSettings
): Ladder => {
  const current =
    ladder !== undefined && at - ladder.lastFailureAt <= settings.failureWindowMs
      ? ladder
      : undefined
  return {
    count: (current?.count ?? 0) + 1,
    lastFailureAt: at,
    byClass: { ...current?.byClass, [failure.class]: (current?.byClass[failure.class] ?? 0) + 1 }
  }
}

const ladderPause = (
  ladder: Ladder,
  failure: UpstreamFailure,
  settings: CooldownSettings
): number =>
  isMoney(failure.class)
    ? billingPause(ladder.byClass[failure.class] ?? 1, settings)
    : failurePause(ladder.count)

/** The most that jitter moves an end, in ms (decision D11). */
const largestJitterMs = 5_000

/**
 * A probe that is told of the same end again is not made a second time: a window is put to the test
 * once.
 */
const keepProbe = (health: ProfileHealth, told: Window): Window => {
  const before = health.windows.find(
    (window) => window.class !== "usage" && window.scope === told.scope
  )
  return before?.probedAt !== undefined && Math.abs(before.until - told.until) <= largestJitterMs
    ? { ...told, probedAt: before.probedAt }
    : told
}

/**
 * Whether a pause is old news: the request was sent before a longer pause of the same scope was
 * learned. Its answer shortens nothing (decision D33).
 */
const isOutdated = (health: ProfileHealth, told: Window, startedAt: number): boolean =>
  health.windows.some(
    (known) =>
      known.class !== "usage" &&
      known.scope === told.scope &&
      known.observedAt > startedAt &&
      known.until > told.until
  )

/**
 * Whether a success proves that a pause is over. An answer about another resource than messages
 * proves that the credential is accepted; what messages cost and are limited by it says nothing of.
 */
const isRefuted = (window: Window, target: RequestTarget): boolean =>
  covers(window.scope, target) &&
  (target.path === undefined || window.class === "auth" || window.scope !== credential)

const fail = (
  health: ProfileHealth,
  event: Extract<HealthEvent, { readonly _tag: "Failed" }>
): ProfileHealth => {
  const { at, failure } = event
  if (!isCredentialsFault(failure)) return health
  const usage = failure.windows.filter((window) => window.class === "usage")
  const told = failure.windows
    .filter((window) => window.class !== "usage")
    .map((window) =>
      isStated(window) ? { ...window, until: window.until + event.jitterMs } : window
    )
    .map((window) => keepProbe(health, window))
  const newer = told.filter((window) => !isOutdated(health, window, event.startedAt))
  if (told.length > 0) return { ...health, windows: pruned(join(health.windows, usage, newer), at) }
  // A failure that started before the last one was recorded belongs to the same incident and does
  // not climb again (D11).
  if (health.ladder !== undefined && event.startedAt <= health.ladder.lastFailureAt) {
    return { ...health, windows: pruned(join(health.windows, usage), at) }
  }
  const ladder = climb(health.ladder, failure, at, event.ladder)
  const pause: Window = {
    scope: failure.scope ?? credential,
    until: at + ladderPause(ladder, failure, event.ladder),
    class: failure.class,
    source: "ladder",
    observedAt: at
  }
  if (isOutdated(health, pause, event.startedAt))
    return { ...health, windows: pruned(join(health.windows, usage), at) }
  return { ...health, ladder, windows: pruned(join(health.windows, usage, [pause]), at) }
}

const succeed = (
  health: ProfileHealth,
  event: Extract<HealthEvent, { readonly _tag: "Succeeded" }>
): ProfileHealth => {
  const learned = event.windows.length > 0 || health.windows.length > 0
  const lastGoodAt = Math.max(health.lastGoodAt ?? 0, event.at)
  const isSound = !learned && health.ladder === undefined && health.needsLogin === undefined
  // Nearly every success: nothing stood in the way, and nothing is learned but when it was.
  if (isSound && (event.organization ?? health.organization) === health.organization)
    return { ...health, lastGoodAt }
  // What was learned after this request was sent is newer than the proof it brings. A limit of one
  // model says nothing of another.
  const refuted = (window: Window): boolean =>
    window.class !== "usage" &&
    window.observedAt <= event.startedAt &&
    window.until > event.startedAt &&
    isRefuted(window, event.target)
  const windows = health.windows.map((window) =>
    refuted(window) ? ended(window, event.startedAt) : window
  )
  // A success never starts a cooldown (D10), whatever its headers say.
  const usage = event.windows.filter((window) => window.class === "usage")
  const { ladder: _ladder, needsLogin: _needsLogin, ...rest } = health
  return {
    ...rest,
    lastGoodAt,
    ...(event.organization !== undefined ? { organization: event.organization } : {}),
    windows: learned ? pruned(join(windows, usage), event.at) : health.windows
  }
}

/** The health after an event. */
export const apply = (health: ProfileHealth, event: HealthEvent): ProfileHealth => {
  switch (event._tag) {
    case "Used": {
      const lastUsedAt = Math.max(health.lastUsedAt ?? 0, event.at)
      if (event.probe !== true) return { ...health, lastUsedAt }
      const windows = health.windows.map((window) =>
        isBlocking(window, event.at) && probeAt(window) <= event.at
          ? { ...window, probedAt: event.at }
          : window
      )
      return { ...health, lastUsedAt, windows }
    }
    case "Succeeded":
      return succeed(health, event)
    case "Failed":
      return fail(health, event)
    case "LoginEnded":
      // A newer proof that the login is good stands.
      return event.at <
        Math.max(health.lastGoodAt ?? 0, health.clearedAt ?? 0, health.renewedAt ?? 0)
        ? health
        : { ...health, needsLogin: { since: event.at, cause: event.cause } }
    case "Renewed": {
      const { needsLogin: _needsLogin, ...rest } = health
      return { ...rest, renewedAt: event.at, renewedFrom: event.previous }
    }
    case "Cleared": {
      const { ladder: _ladder, needsLogin: _needsLogin, ...rest } = health
      return {
        ...rest,
        clearedAt: event.at,
        windows: health.windows.map((window) =>
          isBlocking(window, event.at) ? ended(window, event.at) : window
        )
      }
    }
  }
}

/**
 * The health of one profile's secret after an event; `Renewed` takes over what is known of the
 * secret before.
 */
export const next = (
  document: HealthDocument,
  profile: ProfileId.ProfileId,
  secretFingerprint: string,
  event: HealthEvent
): ProfileHealth => {
  const before = healthOf(
    document,
    profile,
    event._tag === "Renewed" ? event.previous : secretFingerprint
  )
  const after = apply(before, event)
  // What is learned late about the secret before counts for the present one, and never brings it back.
  return event._tag === "Renewed" ? { ...after, secretFingerprint } : after
}

/**
 * Whether two states of one credential differ in nothing but when it was last used and last good:
 * what every good answer says again.
 */
export const isSameButTimes = (before: ProfileHealth, after: ProfileHealth): boolean =>
  before.lastGoodAt !== undefined &&
  before.secretFingerprint === after.secretFingerprint &&
  before.organization === after.organization &&
  before.needsLogin === after.needsLogin &&
  before.renewedAt === after.renewedAt &&
  before.clearedAt === after.clearedAt &&
  before.ladder === after.ladder &&
  before.windows === after.windows

/** How many of the last changes a document can name. */
export const recentCapacity = 64

/** The last changes with one more. */
export const withChange = (
  recent: ReadonlyArray<ProfileId.ProfileId>,
  profile: ProfileId.ProfileId
): ReadonlyArray<ProfileId.ProfileId> => {
  const next = recent.slice(1 - recentCapacity)
  next.push(profile)
  return next
}

/** The document after an event about one profile's secret. */
export const record = (
  document: HealthDocument,
  profile: ProfileId.ProfileId,
  secretFingerprint: string,
  event: HealthEvent
): HealthDocument => ({
  version: document.version + 1,
  recent: withChange(document.recent, profile),
  profiles: new Map(document.profiles).set(
    profile,
    next(document, profile, secretFingerprint, event)
  )
})

/**
 * Health together with what the reference recorded about the same profile (decision D7). Its record
 * counts as long as nothing newer is known: not after a person cleared the profile, and not after a
 * success.
 */
export const withUsageStats = (health: ProfileHealth, stats: UsageStats): ProfileHealth => {
  const observedAt = stats.lastFailureAt ?? 0
  const until = unusableUntil(stats)
  const outdated = Math.max(health.clearedAt ?? 0, health.lastGoodAt ?? 0)
  const withUse =
    stats.lastUsed === undefined
      ? health
      : { ...health, lastUsedAt: Math.max(health.lastUsedAt ?? 0, stats.lastUsed) }
  if (until === undefined || (outdated > 0 && observedAt <= outdated)) return withUse
  const disabled = (stats.disabledUntil ?? 0) > 0
  const window: Window = {
    scope: credential,
    until,
    class: disabled ? "billing" : "rate_limit",
    source: "usageStats",
    observedAt
  }
  return { ...withUse, windows: join(health.windows, [window]) }
}

/** The blocking windows in the way of a request. */
export const obstacles = (
  health: ProfileHealth,
  target: RequestTarget,
  now: number
): ReadonlyArray<Window> =>
  health.windows.filter((window) => isBlocking(window, now) && covers(window.scope, target))

/** Epoch ms at which nothing stands in the way any more; 0 when nothing does now. */
export const usableAt = (health: ProfileHealth, target: RequestTarget, now: number): number =>
  obstacles(health, target, now).reduce((latest, window) => Math.max(latest, window.until), 0)
