/**
 * What a refusal does to a credential's health (decisions D10, D11, D32, D33): which cooldown
 * begins, which one is replaced, and what says nothing new. Pure.
 */
import type { ProfileHealth } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import { ended, join, lastLearnedAt, pruned } from "./joinWindows.ts"
import * as Ladder from "./ladder.ts"
import { maxReportMs } from "./reportedAnswer.ts"
import { credential, type Scope } from "./Scope.ts"
import * as Trial from "./Trial.ts"
import { isCredentialsFault } from "./UpstreamFailure.ts"
import { isStated, type Window } from "./Window.ts"

type Failed = Extract<HealthEvent, { readonly _tag: "Failed" }>

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
  if (before?.probedAt !== undefined && Math.abs(before.until - stated.until) <= maxJitterMs)
    return { ...stated, probedAt: before.probedAt }
  return stated
}

/**
 * True where a refusal says nothing new about a scope: a cooldown is running (which it never
 * lengthens), or one began or ended after its request was sent, so that it belongs to an incident
 * that was counted (decisions D11 and D32).
 */
const isCounted = (health: ProfileHealth, scope: Scope, { at, startedAt }: Failed): boolean =>
  health.windows.some(
    (window) =>
      window.class !== "usage" &&
      (window.scope === scope || window.scope === credential) &&
      (window.until > at || lastLearnedAt(window) >= startedAt)
  )

/**
 * A window as newer than any of those it replaces, also where they were seen in one millisecond.
 */
const after = (window: Window, replaced: ReadonlyArray<Window>): Window => {
  const guess = replaced.find(({ scope }) => scope === window.scope)
  if (guess === undefined || guess.observedAt < window.observedAt) return window
  return { ...window, observedAt: guess.observedAt + 1 }
}

/** A window as it was learned by a request that was sent at a time (epoch ms). */
const learnedBy = (window: Window, sentAt: number): Window => {
  if (sentAt < window.observedAt - 1) return { ...window, sentAt }
  return window
}

/** The health after a refusal. */
export const refused = (health: ProfileHealth, event: Failed): ProfileHealth => {
  const { at, failure, trial } = event
  if (!isCredentialsFault(failure)) return health
  const usage = failure.windows.filter((window) => window.class === "usage")
  const guesses = (trial?.obstacles ?? []).filter((window) => !isStated(window))
  const told = failure.windows
    .filter((window) => window.class !== "usage")
    .map((window) =>
      isStated(window) ? { ...window, until: window.until + event.jitterMs } : window
    )
    .map((window) => learnedBy(after(keepProbe(health, window), guesses), event.startedAt))
  const trials =
    trial === undefined ? health.trials : Trial.refused(health.trials, trial, at, failure.class)
  const known = trials === health.trials ? health : { ...health, trials }
  const isNew = (window: Window): boolean =>
    isStated(window) || (trial === undefined && !isCounted(health, window.scope, event))
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
  const climbed = Ladder.climb(health.ladder, scope, failure.class, at, event.ladder)
  // A test by hand says how things stand, however often it is made.
  const ladder = event.byHand === true ? health.ladder : climbed
  const rung = Ladder.rungOf(ladder, scope) ?? climbed.byScope?.[scope] ?? climbed
  const pause = Ladder.pauseOn(rung, failure.class, event.ladder)
  const cooldown: Window = {
    scope,
    until: at + (event.reported === true ? Math.min(pause, maxReportMs) : pause),
    class: failure.class,
    source: event.reported === true ? "report" : "ladder",
    observedAt: at
  }
  const windows = pruned(join(health.windows, usage, [learnedBy(cooldown, event.startedAt)]), at)
  if (ladder === undefined) return { ...known, windows }
  return { ...known, ladder, windows }
}
