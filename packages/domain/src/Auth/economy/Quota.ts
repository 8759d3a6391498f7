/**
 * How much of its limits a credential has used, as its last answers said, for one kind of request
 * (decision D57). Pure.
 */
import type { RequestTarget } from "../../Health/RequestTarget.ts"
import { covers } from "../../Health/Scope.ts"
import type { Window } from "../../Health/Window.ts"

const hourMs = 60 * 60_000

/** How long a plan's windows last from their first request, in ms. */
export const fiveHoursMs = 5 * hourMs
export const sevenDaysMs = 7 * 24 * hourMs

/** One limit: the used part of it, 1 is full, and when it begins anew, in epoch ms. */
export interface Limit {
  readonly used: number
  readonly endsAt: number
}

/** What is used of a plan's five hours, of its seven days, and of the limits of an API key. */
export interface Quota {
  /** Of several that count, the one that is used most. */
  readonly fiveHours: Limit
  readonly sevenDays: Limit
  /** The limits of a key, which begin anew within minutes: the one that is used most. */
  readonly key: Limit
}

const isWeekly = (scope: string): boolean => scope === "7d" || scope.startsWith("7d:")
const isOfFiveHours = (scope: string): boolean => scope === "5h" || scope.startsWith("5h:")

/**
 * The quota that counts for a target at `now` (epoch ms). A window that nothing is known of, or
 * that is over, is whole, and begins with the next request.
 */
export const quotaOf = (
  windows: ReadonlyArray<Window>,
  target: RequestTarget,
  now: number
): Quota => {
  let fiveHours: Limit = { used: 0, endsAt: now + fiveHoursMs }
  let sevenDays: Limit = { used: 0, endsAt: now + sevenDaysMs }
  let key: Limit = { used: 0, endsAt: now }
  let isWeekKnown = false
  for (const { class: kind, scope, until, utilization } of windows) {
    if (kind !== "usage" || utilization === undefined || until <= now) continue
    if (!covers(scope, target)) continue
    const limit = { used: utilization, endsAt: until }
    if (isOfFiveHours(scope)) {
      if (limit.used >= fiveHours.used) fiveHours = limit
    } else if (isWeekly(scope)) {
      if (!isWeekKnown || limit.used > sevenDays.used) sevenDays = limit
      isWeekKnown = true
    } else if (limit.used > key.used) key = limit
  }
  return { fiveHours, sevenDays, key }
}
