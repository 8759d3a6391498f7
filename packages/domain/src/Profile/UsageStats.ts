/**
 * `usageStats` of the reference program: what it recorded about a profile's use (auth.md §1.2, §4).
 * Read and merged, never written.
 */

/**
 * One entry; times in epoch ms. Values that are not finite positive numbers are dropped on reading.
 */
export interface UsageStats {
  readonly lastUsed?: number
  readonly cooldownUntil?: number
  readonly disabledUntil?: number
  readonly disabledReason?: string
  readonly errorCount?: number
  readonly lastFailureAt?: number
}

const time = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined

const numeric = [
  "lastUsed",
  "cooldownUntil",
  "disabledUntil",
  "errorCount",
  "lastFailureAt"
] as const

/** The fields we understand of a stored record. */
export const decode = (record: Readonly<Record<string, unknown>>): UsageStats => {
  const stats: { -readonly [K in keyof UsageStats]: UsageStats[K] } = {}
  for (const key of numeric) {
    const value = time(record[key])
    if (value !== undefined) stats[key] = value
  }
  if (typeof record.disabledReason === "string") stats.disabledReason = record.disabledReason
  return stats
}

/**
 * Epoch ms until which the reference holds the profile unusable: the later of cooldown and disable;
 * undefined when neither is set.
 */
export const unusableUntil = (stats: UsageStats): number | undefined => {
  const until = Math.max(stats.cooldownUntil ?? 0, stats.disabledUntil ?? 0)
  return until > 0 ? until : undefined
}
