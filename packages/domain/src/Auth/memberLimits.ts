/**
 * When the limits of a roster's members end or may be tested, as numbers that hold until a member's
 * health changes or a limit ends: comparing them costs a request nothing worth counting. Pure.
 */
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import type { RequestTarget } from "../Health/RequestTarget.ts"
import { covers } from "../Health/Scope.ts"
import * as Trial from "../Health/Trial.ts"
import { isBlocking } from "../Health/Window.ts"

/** The `staleAt` of numbers that have to be worked out before they say anything. */
export const outdated = Number.NEGATIVE_INFINITY

/** What of the members' health is about one target; a number for each member, epoch ms. */
export interface Limits {
  readonly target: RequestTarget
  /** When the last limit ends; 0 where there is none. */
  readonly until: Float64Array
  /** When the last one ends or may be tested. */
  readonly availableAt: Float64Array
  /** The same for those of which no trial is in flight, and for those of which one is. */
  readonly idle: Float64Array
  readonly inFlight: Float64Array
  /** From when on the numbers say something else: a limit ends. At once, where health changed. */
  readonly staleAt: Float64Array
  /** What the numbers were worked out for last; a clock that is set back makes them stale. */
  now: number
}

/** Limits of a target that are yet to be worked out. */
export const makeLimits = (target: RequestTarget, size: number): Limits => ({
  target,
  until: new Float64Array(size),
  availableAt: new Float64Array(size),
  idle: new Float64Array(size),
  inFlight: new Float64Array(size),
  staleAt: new Float64Array(size).fill(outdated),
  now: Number.NEGATIVE_INFINITY
})

/** The number of a member. */
export const at = (numbers: Float64Array, position: number): number => numbers[position] ?? 0

/** Works out the numbers of one member at a time. */
export const measure = (
  limits: Limits,
  position: number,
  { trials, windows }: ProfileHealth,
  now: number
): void => {
  let until = 0
  let idle = 0
  let inFlight = 0
  let staleAt = Number.POSITIVE_INFINITY
  for (const window of windows) {
    if (!isBlocking(window, now) || !covers(window.scope, limits.target)) continue
    const due = Math.min(window.until, Trial.dueAt(trials, window))
    until = Math.max(until, window.until)
    staleAt = Math.min(staleAt, window.until)
    if (Trial.isInFlight(trials, window)) inFlight = Math.max(inFlight, due)
    else idle = Math.max(idle, due)
  }
  limits.until[position] = until
  limits.availableAt[position] = Math.max(idle, inFlight)
  limits.idle[position] = idle
  limits.inFlight[position] = inFlight
  limits.staleAt[position] = staleAt
}
