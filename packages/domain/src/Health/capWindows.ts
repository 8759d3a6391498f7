/**
 * Keeps the windows of one credential few. Their scopes may name models and paths that clients made
 * up, and each is kept in memory and in a file for a day. Pure.
 */
import { partsOf } from "./Scope.ts"
import { isBlocking, type Window } from "./Window.ts"

/** So many windows are kept of one credential; the provider has some twenty buckets. */
export const maxWindows = 128

/** Larger for what is to be kept rather: what is about all models, what blocks, what is newer. */
const worth = (window: Window, now: number): number => {
  if (partsOf(window.scope).subject === undefined) return 2
  if (isBlocking(window, now)) return 1
  return 0
}

/** The windows, or where there are too many, those that matter most, in their order. */
export const capWindows = (windows: ReadonlyArray<Window>, now: number): ReadonlyArray<Window> => {
  if (windows.length <= maxWindows) return windows
  const byWorth = [...windows].sort(
    (one, other) => worth(other, now) - worth(one, now) || other.observedAt - one.observedAt
  )
  const kept = new Set(byWorth.slice(0, maxWindows))
  return windows.filter((window) => kept.has(window))
}
