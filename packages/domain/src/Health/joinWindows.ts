/** The windows of one credential as a list with one for each scope, and how one is ended. Pure. */
import { capWindows } from "./capWindows.ts"
import type { Window } from "./Window.ts"

const keyOf = (window: Window): string => {
  if (window.class === "usage") return `usage ${window.scope}`
  return window.scope
}

/** Any fixed order will do, as long as both writers use the same. */
const rankOf = (window: Window): string =>
  `${window.probedAt ?? 0} ${window.class} ${window.source} ${window.utilization ?? 0}`

/**
 * The newer observation; of two made at once, the one that holds longer, and that was put to the
 * test.
 */
const newer = (one: Window, other: Window): Window => {
  if (one.observedAt !== other.observedAt) {
    if (one.observedAt > other.observedAt) return one
    return other
  }
  if (one.until !== other.until) {
    if (one.until > other.until) return one
    return other
  }
  if (rankOf(one) >= rankOf(other)) return one
  return other
}

/** The newest word on each scope, in the same order for every writer. */
export const join = (...lists: ReadonlyArray<ReadonlyArray<Window>>): ReadonlyArray<Window> => {
  const byKey = new Map<string, Window>()
  for (const window of lists.flat()) {
    const known = byKey.get(keyOf(window))
    byKey.set(keyOf(window), known === undefined ? window : newer(known, window))
  }
  return [...byKey.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/**
 * A window that ends at `at` (epoch ms). Seen later than the window itself, so that a writer who
 * still has that one does not bring it back.
 */
export const ended = (window: Window, at: number): Window => ({
  ...window,
  until: at,
  observedAt: Math.max(at, window.observedAt + 1)
})

/** How long an ended window is remembered, so that a slower writer cannot bring it back. */
const tombstoneMs = 24 * 60 * 60_000

/** The windows that matter at `now` (epoch ms), no more than are worth keeping. */
export const pruned = (windows: ReadonlyArray<Window>, now: number): ReadonlyArray<Window> =>
  capWindows(
    windows.filter((window) => window.until > now || window.observedAt > now - tombstoneMs),
    now
  )
