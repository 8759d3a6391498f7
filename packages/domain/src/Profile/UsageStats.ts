/**
 * `usageStats` of the original program: what it recorded about a profile's use (decision D7). Read
 * and merged, never written.
 */

import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { EpochMs } from "../Time/EpochMs.ts"

/** One entry. Values that are no positive numbers read as absent. */
export const UsageStats = lazily(() => {
  const time = Lenient.optional(EpochMs.pipe(Schema.filter((epochMs) => epochMs > 0)))
  return Schema.Struct({
    lastUsed: time,
    cooldownUntil: time,
    disabledUntil: time,
    disabledReason: Lenient.optional(Schema.String),
    errorCount: Lenient.optional(Schema.Number.pipe(Schema.filter((count) => count > 0))),
    lastFailureAt: time
  })
})
export type UsageStats = typeof UsageStats.Type

/**
 * Epoch ms until which the original program holds the profile unusable: the later of cooldown and
 * disable; undefined when neither is set.
 */
export const unusableUntil = (stats: UsageStats): number | undefined => {
  const until = Math.max(stats.cooldownUntil ?? 0, stats.disabledUntil ?? 0)
  if (until > 0) return until
  return undefined
}
