/**
 * The windows of one credential as a list with one for each scope, and how one is ended. Pure.
 *
 * What an answer says of a scope replaces everything that was learned before its request was sent.
 * An answer to a request that was in flight meanwhile shortens nothing (decision D33): the longest
 * one counts, and the shorter ones that were learned later are kept beside it, for when a newer
 * answer takes it back. So the order in which processes learn of each other's answers does not
 * matter.
 */
import { capWindows } from "./capWindows.ts"
import type { Window } from "./Window.ts"

const keyOf = (window: Window): string => {
  if (window.class === "usage") return `usage ${window.scope}`
  return window.scope
}

/** Any fixed order will do, as long as both writers use the same. */
const rankOf = (window: Window): string =>
  `${window.probedAt ?? 0} ${window.class} ${window.source} ${window.utilization ?? 0}`

/** Up to when (epoch ms) what was learned before is replaced by a window. */
const replacesUntil = ({ observedAt, sentAt }: Window): number =>
  Math.min(sentAt ?? observedAt - 1, observedAt - 1)

/** When anything was last learned about the scope of a window, in epoch ms. */
export const lastLearnedAt = ({ concurrent, observedAt }: Window): number => {
  if (concurrent === undefined) return observedAt
  return concurrent.reduce((last, window) => Math.max(last, window.observedAt), observedAt)
}

/** Each answer for itself. */
const answers = ({ concurrent, sentAt: _sentAt, ...longest }: Window): ReadonlyArray<Window> => {
  if (concurrent === undefined) return [longest]
  return [longest, ...concurrent]
}

/** Of windows of one length the newer one, and of one moment the one that was put to the test. */
const longestFirst = (one: Window, other: Window): number =>
  other.until - one.until ||
  other.observedAt - one.observedAt ||
  (rankOf(one) >= rankOf(other) ? -1 : 1)

/** True for what replaces all that was learned before it, and nothing else. */
const isAlone = ({ concurrent, sentAt }: Window): boolean =>
  concurrent === undefined && sentAt === undefined

/** What two writers know of one scope. */
const joinScope = (one: Window, other: Window): Window => {
  if (one === other) return one
  // What every answer of a busy credential says: how far a quota is used, many times in one
  // millisecond.
  if (one.observedAt === other.observedAt && isAlone(one) && isAlone(other)) {
    if (longestFirst(one, other) <= 0) return one
    return other
  }
  if (replacesUntil(one) >= lastLearnedAt(other)) return one
  if (replacesUntil(other) >= lastLearnedAt(one)) return other
  const replaced = Math.max(replacesUntil(one), replacesUntil(other))
  const known = [...answers(one), ...answers(other)]
    .filter(({ observedAt }) => observedAt > replaced)
    .sort(longestFirst)
  const [longest = one, ...shorter] = known
  const concurrent: Array<Window> = []
  let newest = longest.observedAt
  for (const window of shorter) {
    if (window.observedAt <= newest) continue
    newest = window.observedAt
    concurrent.push(window)
  }
  const joined = replaced === longest.observedAt - 1 ? longest : { ...longest, sentAt: replaced }
  if (concurrent.length === 0) return joined
  return { ...joined, concurrent }
}

/** What is known of each scope, in the same order for every writer. */
export const join = (...lists: ReadonlyArray<ReadonlyArray<Window>>): ReadonlyArray<Window> => {
  const byKey = new Map<string, Window>()
  for (const window of lists.flat()) {
    const known = byKey.get(keyOf(window))
    byKey.set(keyOf(window), known === undefined ? window : joinScope(known, window))
  }
  return [...byKey.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/**
 * A window that ends at `at` (epoch ms). Seen later than the window itself, so that a writer who
 * still has that one does not bring it back. What was learned after `at` stands.
 */
export const ended = (window: Window, at: number): Window => {
  const { concurrent: _concurrent, sentAt: _sentAt, ...longest } = window
  const end = { ...longest, until: at, observedAt: Math.max(at, window.observedAt + 1) }
  return joinScope(window, end)
}

/** How long an ended window is remembered, so that a slower writer cannot bring it back. */
const tombstoneMs = 24 * 60 * 60_000

/** The windows that matter at `now` (epoch ms), no more than are worth keeping. */
export const pruned = (windows: ReadonlyArray<Window>, now: number): ReadonlyArray<Window> =>
  capWindows(
    windows.filter((window) => window.until > now || window.observedAt > now - tombstoneMs),
    now
  )
