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

const two = (amount: number): string => String(amount).padStart(2, "0")

/**
 * A time that is left or has passed (ms), as exact as anybody needs: `40s`, `4m 10s`, `2h 05m`, `3d
 * 4h`. What all reports for people show.
 */
export const exact = (ms: number): string => {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h ${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}
