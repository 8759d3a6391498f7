/**
 * What an event does to a credential's health (decisions D10–D14). Pure.
 *
 * A blocking window is ended by replacing it with one whose `until` is its `observedAt`, never by
 * leaving it out: otherwise a second writer, who still has the old window, would bring it back when
 * the two are merged.
 */
import type * as ProfileId from "../Profile/ProfileId.ts"
import type { UsageStats } from "../Profile/UsageStats.ts"
import {
  billingPause,
  type CooldownSettings,
  failurePause,
  longestForeignPause
} from "./Cooldown.ts"
import { capWindows } from "./capWindows.ts"
import { isMoney } from "./FailureClass.ts"
import {
  type HealthDocument,
  of as healthOf,
  type Ladder,
  type ProfileHealth
} from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import type { TrialRequest, TrialStart } from "./HealthStore.ts"
import { ended, join } from "./joinWindows.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import { covers, credential, type Scope } from "./Scope.ts"
import type { OngoingTrial } from "./Trial.ts"
import * as Trial from "./Trial.ts"
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
const maxJitterMs = 5_000

/**
 * A test that is answered by the same end again is not made a second time: a stated cooldown is
 * tested once.
 */
const keepProbe = (health: ProfileHealth, stated: Window): Window => {
  const before = health.windows.find(
    (window) => window.class !== "usage" && window.scope === stated.scope
  )
  return before?.probedAt !== undefined && Math.abs(before.until - stated.until) <= maxJitterMs
    ? { ...stated, probedAt: before.probedAt }
    : stated
}

/**
 * True where a refusal says nothing new about a scope: a cooldown is running (which it never
 * lengthens), or one began or ended after its request was sent, so that it belongs to an incident
 * that was counted (decisions D11 and D32).
 */
const isCounted = (
  health: ProfileHealth,
  scope: Scope,
  { at, startedAt }: Extract<HealthEvent, { readonly _tag: "Failed" }>
): boolean =>
  health.windows.some(
    (window) =>
      window.class !== "usage" &&
      (window.scope === scope || window.scope === credential) &&
      (window.until > at || window.observedAt >= startedAt)
  )

/**
 * A window as newer than any of those it replaces, also where they were seen in one millisecond.
 */
const after = (window: Window, replaced: ReadonlyArray<Window>): Window => {
  const guess = replaced.find(({ scope }) => scope === window.scope)
  return guess === undefined || guess.observedAt < window.observedAt
    ? window
    : { ...window, observedAt: guess.observedAt + 1 }
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
  const { at, failure, trial } = event
  if (!isCredentialsFault(failure)) return health
  const usage = failure.windows.filter((window) => window.class === "usage")
  const guesses = (trial?.obstacles ?? []).filter((window) => !isStated(window))
  const told = failure.windows
    .filter((window) => window.class !== "usage")
    .map((window) =>
      isStated(window) ? { ...window, until: window.until + event.jitterMs } : window
    )
    .map((window) => after(keepProbe(health, window), guesses))
  const trials =
    trial === undefined ? health.trials : Trial.refused(health.trials, trial, at, failure.class)
  const known = trials === health.trials ? health : { ...health, trials }
  const isNew = (window: Window): boolean =>
    isStated(window)
      ? !isOutdated(health, window, event.startedAt)
      : trial === undefined && !isCounted(health, window.scope, event)
  const blocking = told.filter(isNew)
  if (told.length > 0) {
    // What the provider states replaces the guesses that the trial was about.
    const replaced = told.some(isStated)
      ? guesses
          .filter(({ scope }) => blocking.every((window) => window.scope !== scope))
          .map((window) => ended(window, event.startedAt))
      : []
    return { ...known, windows: pruned(join(health.windows, replaced, usage, blocking), at) }
  }
  const scope = failure.scope ?? credential
  if (trial !== undefined || isCounted(health, scope, event)) {
    return { ...known, windows: pruned(join(health.windows, usage), at) }
  }
  const climbed = climb(health.ladder, failure, at, event.ladder)
  // A test by hand says how things stand, however often it is made.
  const ladder = event.byHand === true ? health.ladder : climbed
  const cooldown: Window = {
    scope,
    until: at + ladderPause(ladder ?? climbed, failure, event.ladder),
    class: failure.class,
    source: "ladder",
    observedAt: at
  }
  const windows = pruned(join(health.windows, usage, [cooldown]), at)
  return ladder === undefined ? { ...known, windows } : { ...known, ladder, windows }
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
  const { organization = health.organization } = event
  return {
    ...rest,
    lastGoodAt,
    ...(organization !== undefined ? { organization } : {}),
    windows: learned ? pruned(join(windows, usage), event.at) : health.windows
  }
}

/** Marks the stated cooldowns that are tested once. */
const beginTrial = (
  health: ProfileHealth,
  trial: Extract<HealthEvent, { readonly _tag: "TrialBegun" }>
): ProfileHealth => {
  const trials = Trial.begun(health.trials, trial, trial.kind)
  const tested = new Set(
    trial.obstacles.filter((window) => probeAt(window) <= trial.at).map(({ scope }) => scope)
  )
  return {
    ...health,
    lastUsedAt: Math.max(health.lastUsedAt ?? 0, trial.at),
    windows: health.windows.map((window) =>
      isBlocking(window, trial.at) && isStated(window) && tested.has(window.scope)
        ? { ...window, probedAt: trial.at }
        : window
    ),
    ...(trials === undefined ? {} : { trials })
  }
}

const passTrial = (health: ProfileHealth, { at, obstacles }: OngoingTrial): ProfileHealth => ({
  ...health,
  windows: pruned(
    join(
      health.windows,
      obstacles.map((window) => ended(window, at))
    ),
    at
  )
})

/** The health after an event. */
export const apply = (health: ProfileHealth, event: HealthEvent): ProfileHealth => {
  switch (event._tag) {
    case "Used":
      return { ...health, lastUsedAt: Math.max(health.lastUsedAt ?? 0, event.at) }
    case "TrialBegun":
      return beginTrial(health, event)
    case "TrialPassed":
      return passTrial(health, event.trial)
    case "TrialReleased": {
      const trials = Trial.released(health.trials, event.trial)
      return trials === undefined ? health : { ...health, trials }
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
      // A guess about the old secret may be wrong about the new one: it can be tested at once.
      const trials = Trial.dueFrom(health.trials, event.at)
      const renewed = { ...rest, renewedAt: event.at, renewedFrom: event.previous }
      return trials === undefined ? renewed : { ...renewed, trials }
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
  // What is learned late about the secret before counts for the present one, and never brings it
  // back.
  return event._tag === "Renewed" ? { ...after, secretFingerprint } : after
}

/**
 * Whether a trial may begin at `now`, as far as this document knows. `lastTrialAt` is when the last
 * one of any credential was sent in the state folder; epoch ms.
 */
export const decideTrial = (
  document: HealthDocument,
  { obstacles, profile, secretFingerprint }: Omit<TrialRequest, "agent" | "kind">,
  lastTrialAt: number,
  now: number
): TrialStart => {
  const health = healthOf(document, profile, secretFingerprint)
  const known = new Map(
    health.windows
      .filter((window) => window.class !== "usage")
      .map((window) => [window.scope, window] as const)
  )
  const isOutdated = obstacles.some(
    ({ observedAt, scope }) => (known.get(scope)?.observedAt ?? 0) > observedAt
  )
  // Something newer was learned: whoever asks chooses again.
  if (isOutdated) return { _tag: "NotDue", retryAt: now }
  // A time that is ahead of the clock was written before the clock was set back.
  const spaced = lastTrialAt > now ? 0 : lastTrialAt + Trial.spacingMs
  const due = obstacles.map((window) =>
    Trial.dueAt(health.trials, known.get(window.scope) ?? window)
  )
  return Math.max(spaced, ...due) > now
    ? { _tag: "NotDue", retryAt: Math.max(now, spaced) }
    : { _tag: "Begun", trial: { at: now, obstacles } }
}

/**
 * The document after a restart of a gateway at `now` (epoch ms): one trial of each cooldown is due.
 * The same document where there is none.
 */
export const restarted = (document: HealthDocument, now: number): HealthDocument => {
  const changed = [...document.profiles].flatMap(([id, health]) => {
    const trials = Trial.restarted(health.trials, health.windows, now)
    return trials === undefined ? [] : [[id, { ...health, trials }] as const]
  })
  return changed.length === 0
    ? document
    : { ...document, profiles: new Map([...document.profiles, ...changed]) }
}

const isSameWindow = (one: Window, other: Window): boolean =>
  one === other ||
  (one.scope === other.scope &&
    one.until === other.until &&
    one.observedAt === other.observedAt &&
    one.class === other.class &&
    one.source === other.source &&
    one.probedAt === other.probedAt)

/**
 * Whether a change of one credential's health is news to other processes: everything by which they
 * would choose another credential. When it was last used and last good, and how far its quotas are
 * used, every answer says again: that can wait.
 */
export const isNews = (before: ProfileHealth | undefined, after: ProfileHealth): boolean => {
  if (before === undefined || before.secretFingerprint !== after.secretFingerprint) {
    const { lastUsedAt: _used, secretFingerprint: _fingerprint, windows, ...rest } = after
    return windows.some(({ class: kind }) => kind !== "usage") || Object.keys(rest).length > 0
  }
  return (
    before.organization !== after.organization ||
    before.needsLogin !== after.needsLogin ||
    before.renewedAt !== after.renewedAt ||
    before.clearedAt !== after.clearedAt ||
    before.ladder !== after.ladder ||
    before.trials !== after.trials ||
    (before.lastGoodAt === undefined && after.lastGoodAt !== undefined) ||
    (before.windows !== after.windows &&
      after.windows.some(
        (window) =>
          window.class !== "usage" && !before.windows.some((known) => isSameWindow(known, window))
      ))
  )
}

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

/** How long a failure that another program recorded is believed, at most. */
const foreignUntil = (
  until: number | undefined,
  { lastFailureAt }: UsageStats,
  longestMs: number
): number =>
  lastFailureAt === undefined ? (until ?? 0) : Math.min(until ?? 0, lastFailureAt + longestMs)

/**
 * Health together with what the original program recorded about the same profile (decision D7). Its
 * record is a guess. It counts as long as nothing newer is known: not after a person cleared the
 * profile, and not after a success. Where it says when the last failure was, it counts no longer
 * than the longest step of that program's ladder; dates far ahead are faults of other programs.
 */
export const withUsageStats = (
  health: ProfileHealth,
  stats: UsageStats,
  settings: CooldownSettings
): ProfileHealth => {
  const observedAt = stats.lastFailureAt ?? 0
  const outdated = Math.max(health.clearedAt ?? 0, health.lastGoodAt ?? 0)
  const withUse =
    stats.lastUsed === undefined
      ? health
      : { ...health, lastUsedAt: Math.max(health.lastUsedAt ?? 0, stats.lastUsed) }
  const isDisabled = (stats.disabledUntil ?? 0) > 0
  const until = Math.max(
    foreignUntil(stats.cooldownUntil, stats, longestForeignPause("rate_limit", settings)),
    foreignUntil(stats.disabledUntil, stats, longestForeignPause("billing", settings))
  )
  if (until === 0 || (outdated > 0 && observedAt <= outdated)) return withUse
  const window: Window = {
    scope: credential,
    until,
    class: isDisabled ? "billing" : "rate_limit",
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
