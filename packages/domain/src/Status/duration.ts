/** Durations as people read them (docs/formats.md). */

/** `5m`, `3h`, `12d`; at least `1m` for what is not over, `0m` for what is. Input in ms. */
export const short = (ms: number): string => {
  if (!Number.isFinite(ms)) return "unknown"
  if (ms <= 0) return "0m"
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes < 60) return `${minutes}m`
  const hours = Math.round(ms / 3_600_000)
  if (hours < 48) return `${hours}h`
  return `${Math.round(ms / 86_400_000)}d`
}
