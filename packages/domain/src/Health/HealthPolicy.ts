/**
 * What an event does to a credential's health (decisions D10–D14). Pure.
 *
 * A blocking window is ended by replacing it with one whose `until` is its `observedAt`, never by
 * leaving it out: otherwise a second writer, who still has the old window, would bring it back when
 * the two are merged.
 */
import { defined } from "../Document/defined.ts"
import type * as ProfileId from "../Profile/ProfileId.ts"
import { type HealthDocument, of as healthOf, type ProfileHealth } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import { ended, join, pruned } from "./joinWindows.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import { refused } from "./refused.ts"
import { covers, credential } from "./Scope.ts"
import type { OngoingTrial } from "./Trial.ts"
import * as Trial from "./Trial.ts"
import { isBlocking, isStated, probeAt, type Window } from "./Window.ts"

/**
 * Whether a success proves that a pause is over. An answer about another resource than messages
 * proves that the credential is accepted; what messages cost and are limited by it says nothing of.
 */
const isRefuted = (window: Window, target: RequestTarget): boolean =>
  covers(window.scope, target) &&
  (target.path === undefined || window.class === "auth" || window.scope !== credential)

/**
 * A copy with another time, which most events are all about. The field is set after the copy was
 * made: where a literal names a field that it copies as well, V8 looks that up for each copy.
 */
const withTime = (
  health: ProfileHealth,
  field: "lastUsedAt" | "lastGoodAt",
  at: number
): ProfileHealth => {
  const copy: { -readonly [Field in keyof ProfileHealth]: ProfileHealth[Field] } = { ...health }
  copy[field] = at
  return copy
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
    return withTime(health, "lastGoodAt", lastGoodAt)
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
  const proved = {
    ...rest,
    lastGoodAt,
    windows: learned ? pruned(join(windows, usage), event.at) : health.windows
  }
  // Every answer with limits in its headers comes here: no object is taken apart for one field.
  if (organization === undefined) return proved
  return { ...proved, organization }
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
    windows: health.windows.map((window) => {
      if (isBlocking(window, trial.at) && isStated(window) && tested.has(window.scope))
        return { ...window, probedAt: trial.at }
      return window
    }),
    ...defined({ trials })
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
      return withTime(health, "lastUsedAt", Math.max(health.lastUsedAt ?? 0, event.at))
    case "TrialBegun":
      return beginTrial(health, event)
    case "TrialPassed":
      return passTrial(health, event.trial)
    case "TrialReleased": {
      const trials = Trial.released(health.trials, event.trial)
      if (trials === undefined) return health
      return { ...health, trials }
    }
    case "Succeeded":
      return succeed(health, event)
    case "Failed":
      return refused(health, event)
    case "LoginEnded":
      // A newer proof that the login is good stands.
      if (event.at < Math.max(health.lastGoodAt ?? 0, health.clearedAt ?? 0, health.renewedAt ?? 0))
        return health
      return { ...health, needsLogin: { since: event.at, cause: event.cause } }
    case "Renewed": {
      const { needsLogin: _needsLogin, ...rest } = health
      // A guess about the old secret may be wrong about the new one: it can be tested at once.
      const trials = Trial.dueFrom(health.trials, event.at)
      const renewed = { ...rest, renewedAt: event.at, renewedFrom: event.previous }
      if (trials === undefined) return renewed
      return { ...renewed, trials }
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
  if (event._tag === "Renewed") return { ...after, secretFingerprint }
  return after
}

/** How many of the last changes a document can name. */
export const maxRecent = 64

/** The last changes with one more. */
export const withChange = (
  recent: ReadonlyArray<ProfileId.ProfileId>,
  profile: ProfileId.ProfileId
): ReadonlyArray<ProfileId.ProfileId> => {
  const next = recent.slice(1 - maxRecent)
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
