/**
 * What another program recorded about a credential, as a part of its health (decisions D7, D32).
 * Pure.
 */
import type { UsageStats } from "../Profile/UsageStats.ts"
import { skewMs } from "../Time/skew.ts"
import { type CooldownSettings, maxForeignPauseMs } from "./Cooldown.ts"
import type { ProfileHealth } from "./HealthDocument.ts"
import { join } from "./joinWindows.ts"
import { credential } from "./Scope.ts"
import type { Window } from "./Window.ts"

/** How long a failure that another program recorded is believed, at most. */
const foreignUntil = (
  until: number | undefined,
  { lastFailureAt }: UsageStats,
  longestMs: number
): number => {
  if (lastFailureAt === undefined) return until ?? 0
  return Math.min(until ?? 0, lastFailureAt + longestMs)
}

/**
 * Health together with what the original program recorded about the same profile (decision D7). Its
 * record is a guess. It counts as long as nothing newer is known: not after a person cleared the
 * profile, and not after a success. Where it says when the last failure was, it counts no longer
 * than the longest step of that program's ladder; dates far ahead are faults of other programs.
 * What it dates later than `now` (epoch ms) was noted by a clock that was ahead, and is not
 * believed.
 */
export const withUsageStats = (
  health: ProfileHealth,
  stats: UsageStats,
  settings: CooldownSettings,
  now: number
): ProfileHealth => {
  const latest = now + skewMs
  const observedAt = stats.lastFailureAt ?? 0
  const outdated = Math.max(health.clearedAt ?? 0, health.lastGoodAt ?? 0)
  const withUse =
    stats.lastUsed === undefined || stats.lastUsed > latest
      ? health
      : { ...health, lastUsedAt: Math.max(health.lastUsedAt ?? 0, stats.lastUsed) }
  const isDisabled = (stats.disabledUntil ?? 0) > 0
  const until = Math.max(
    foreignUntil(stats.cooldownUntil, stats, maxForeignPauseMs("rate_limit", settings)),
    foreignUntil(stats.disabledUntil, stats, maxForeignPauseMs("billing", settings))
  )
  if (until === 0 || observedAt > latest || (outdated > 0 && observedAt <= outdated)) return withUse
  const window: Window = {
    scope: credential,
    until,
    class: isDisabled ? "billing" : "rate_limit",
    source: "usageStats",
    observedAt
  }
  return { ...withUse, windows: join(health.windows, [window]) }
}
