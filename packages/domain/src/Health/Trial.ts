/**
 * Trials (decision D32): one request that is sent although a cooldown is running, to see whether
 * the cooldown is still true. A guess is tested again and again, so that it never turns the last
 * request away; what the provider stated is tested rarely. Pure; times are epoch ms, durations ms.
 */

import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { EpochMs } from "../Time/EpochMs.ts"
import { isMoney } from "./FailureClass.ts"
import { Scope } from "./Scope.ts"
import { isStated, probeAt, type Window } from "./Window.ts"

/** The trials of one scope of a credential, as far as the last one tells. */
export const Trial = lazily(() =>
  Lenient.open(
    Schema.Struct({
      scope: Scope,
      /** When the last one was sent. */
      at: EpochMs,
      /** How many in a row were refused since the cooldown began. */
      refused: Schema.NonNegative.pipe(Schema.int()),
      /** No other one is sent before this: the last one is in flight, or was refused. */
      nextAt: EpochMs,
      /** True while the status of its answer is awaited. */
      inFlight: Schema.optional(Schema.Boolean)
    })
  )
)
export interface Trial extends Schema.Schema.Type<typeof Trial> {}

/** A trial that was begun: when, and the cooldowns it tests. */
export interface OngoingTrial {
  readonly at: number
  readonly obstacles: ReadonlyArray<Window>
}

/**
 * What a trial is: a request of ours, whose status will be known, or a credential that was handed
 * out to a program that sends its requests itself.
 */
export type TrialKind = "request" | "issued"

/** How long a trial keeps others back while it is not known how it ended. */
const holdMs: Readonly<Record<TrialKind, number>> = { request: 30_000, issued: 60_000 }

/** All processes that share a state folder together send no more than one trial in this time. */
export const spacingMs = 1_000

/** After a restart one trial is due, but no sooner than this after the last one. */
export const afterRestartMs = 5_000

/** How many trials one request may be. */
export const maxTrialsPerRequest = 2

/** How long a record outlives its last trial. */
const keepMs = 24 * 60 * 60_000

/** How many records are kept of one credential; clients can make scopes up by naming models. */
export const maxTrials = 128

/** Credit is topped up and limits are raised long before a stated cooldown ends. */
const statedMoneyMs = 15 * 60_000

const steps = [1_000, 5_000, 15_000, 60_000]
/** For what only a person can change. */
const slowSteps = [60_000, 300_000]

/** True for a cooldown whose trials are recorded; other stated ones are tested once, half way. */
const isRecorded = (window: Window): boolean => !isStated(window) || isMoney(window.class)

/** The trials of a running cooldown; those of an earlier one in the same scope do not count. */
const lastOf = (trials: ReadonlyArray<Trial> | undefined, window: Window): Trial | undefined =>
  trials?.find(({ at, scope }) => scope === window.scope && at >= window.observedAt)

/**
 * How long after a refused trial the next one is due. `refused` counts it; `failureClass` is its.
 */
const pauseAfter = (window: Window, failureClass: string, refused: number): number => {
  if (isStated(window)) return statedMoneyMs
  const waits = isMoney(failureClass) || failureClass === "auth" ? slowSteps : steps
  return waits[Math.min(refused, waits.length) - 1] ?? 0
}

/** From when on one request may test a cooldown; `Infinity` where it has to be waited out. */
export const dueAt = (trials: ReadonlyArray<Trial> | undefined, window: Window): number => {
  if (!isRecorded(window)) return probeAt(window)
  const first = isStated(window) ? window.observedAt + statedMoneyMs : window.observedAt
  return lastOf(trials, window)?.nextAt ?? first
}

/** Whether the answer to a trial of a cooldown is awaited. */
export const isInFlight = (trials: ReadonlyArray<Trial> | undefined, window: Window): boolean =>
  lastOf(trials, window)?.inFlight === true

/** Of two records of one scope the newer; of one trial, what is known after the other. */
const newer = (one: Trial, other: Trial): Trial => {
  if (one.at !== other.at) {
    if (one.at > other.at) return one
    return other
  }
  if (one.refused !== other.refused) {
    if (one.refused > other.refused) return one
    return other
  }
  // Given back, or due by a restart, rather than in flight.
  if (one.nextAt <= other.nextAt) return one
  return other
}

/** Two writers' records as one. */
export const join = (
  mine: ReadonlyArray<Trial> | undefined,
  theirs: ReadonlyArray<Trial> | undefined
): ReadonlyArray<Trial> | undefined => {
  if (mine === undefined || mine === theirs) return theirs
  if (theirs === undefined) return mine
  const byScope = new Map(theirs.map((trial) => [trial.scope, trial]))
  for (const trial of mine) {
    const other = byScope.get(trial.scope)
    byScope.set(trial.scope, other === undefined ? trial : newer(trial, other))
  }
  return [...byScope.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1))
}

/** The records with a trial that begins. */
export const begun = (
  trials: ReadonlyArray<Trial> | undefined,
  { at, obstacles }: OngoingTrial,
  kind: TrialKind
): ReadonlyArray<Trial> | undefined => {
  const made = obstacles.filter(isRecorded).map((window): Trial => {
    const last = lastOf(trials, window)
    const { scope } = window
    const nextAt = at + holdMs[kind]
    const refused = last?.refused ?? 0
    return { ...last, scope, at, refused, nextAt, inFlight: kind === "request" }
  })
  const scopes = new Set(made.map(({ scope }) => scope))
  const others = (trials ?? [])
    .filter((trial) => !scopes.has(trial.scope) && trial.at > at - keepMs)
    .sort((one, other) => other.at - one.at)
    .slice(0, maxTrials - made.length)
  if (made.length === 0 && trials === undefined) return undefined
  return join(made, others)
}

const change = (
  trials: ReadonlyArray<Trial> | undefined,
  ongoing: OngoingTrial,
  next: (trial: Trial, window: Window) => Trial
): ReadonlyArray<Trial> | undefined =>
  trials?.map((trial) => {
    const window = ongoing.obstacles.find(({ scope }) => scope === trial.scope)
    if (window === undefined || trial.at !== ongoing.at) return trial
    return next(trial, window)
  })

/** The records after a trial was refused at `at`, with a failure of that class. */
export const refused = (
  trials: ReadonlyArray<Trial> | undefined,
  ongoing: OngoingTrial,
  at: number,
  failureClass: string
): ReadonlyArray<Trial> | undefined =>
  change(trials, ongoing, (trial, window) => {
    const count = trial.refused + 1
    const nextAt = at + pauseAfter(window, failureClass, count)
    return { ...trial, refused: count, nextAt, inFlight: false }
  })

/** The records after a trial that came to nothing: the next request may be one. */
export const released = (
  trials: ReadonlyArray<Trial> | undefined,
  ongoing: OngoingTrial
): ReadonlyArray<Trial> | undefined =>
  change(trials, ongoing, (trial) => ({ ...trial, nextAt: trial.at, inFlight: false }))

/**
 * The trial that a credential was handed out for and that nobody has reported on yet, with those of
 * the cooldowns it tests that are still running.
 */
export const issued = (
  trials: ReadonlyArray<Trial> | undefined,
  obstacles: ReadonlyArray<Window>,
  now: number
): OngoingTrial | undefined => {
  const open = (trials ?? []).filter(
    ({ at, inFlight, nextAt }) =>
      inFlight === false && nextAt > now && nextAt === at + holdMs.issued
  )
  if (open.length === 0) return undefined
  const last = Math.max(...open.map(({ at }) => at))
  const scopes = new Set(open.flatMap(({ at, scope }) => (at === last ? [scope] : [])))
  return { at: last, obstacles: obstacles.filter(({ scope }) => scopes.has(scope)) }
}

/** The records with everything due at `at` that is due later now. */
export const dueFrom = (
  trials: ReadonlyArray<Trial> | undefined,
  at: number
): ReadonlyArray<Trial> | undefined => {
  if (trials === undefined || trials.every(({ nextAt }) => nextAt <= at)) return trials
  return trials.map((trial) => (trial.nextAt <= at ? trial : { ...trial, nextAt: at }))
}

/**
 * The records after a restart at `now`: one trial of each running cooldown is due, whatever the
 * last ones said, since a restart is what people do when they changed something.
 */
export const restarted = (
  trials: ReadonlyArray<Trial> | undefined,
  windows: ReadonlyArray<Window>,
  now: number
): ReadonlyArray<Trial> | undefined => {
  const due = trials?.map((trial) => ({
    ...trial,
    nextAt: Math.min(trial.nextAt, Math.max(now, trial.at + afterRestartMs))
  }))
  const untried = windows
    .filter(
      (window) =>
        window.class !== "usage" &&
        window.until > now &&
        isStated(window) &&
        isMoney(window.class) &&
        lastOf(trials, window) === undefined
    )
    .map(({ observedAt, scope }): Trial => {
      const nextAt = Math.max(now, observedAt + afterRestartMs)
      return { scope, at: observedAt, refused: 0, nextAt }
    })
  if (untried.length === 0) return due
  return join(untried, due)
}
