/** What of a credential's health other processes have to know at once. Pure. */
import { isExtraUsage } from "./extraUsage.ts"
import type { ProfileHealth } from "./HealthDocument.ts"
import type { Window } from "./Window.ts"

const isSameWindow = (one: Window, other: Window): boolean =>
  one === other ||
  (one.scope === other.scope &&
    one.until === other.until &&
    one.observedAt === other.observedAt &&
    one.class === other.class &&
    one.source === other.source &&
    one.probedAt === other.probedAt)

/** Whether a window may be why another credential is chosen. */
const mayBlock = (window: Window): boolean => window.class !== "usage" || isExtraUsage(window)

/** Whether a window says what was known. Every answer says again that extra usage is in use. */
const isRepeated = (window: Window, known: Window): boolean =>
  isSameWindow(known, isExtraUsage(window) ? { ...window, observedAt: known.observedAt } : window)

/**
 * Whether a change of one credential's health is news to other processes: everything by which they
 * would choose another credential. When it was last used and last good, and how far its quotas are
 * used, every answer says again: that can wait.
 */
export const isNews = (before: ProfileHealth | undefined, after: ProfileHealth): boolean => {
  if (before === undefined || before.secretFingerprint !== after.secretFingerprint) {
    const { lastUsedAt: _used, secretFingerprint: _fingerprint, windows, ...rest } = after
    return windows.some(mayBlock) || Object.keys(rest).length > 0
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
        (window) => mayBlock(window) && !before.windows.some((known) => isRepeated(window, known))
      ))
  )
}
