/**
 * The words and bars of the status report. Pure; ASCII, so that every terminal and log shows them.
 */
import type { Paints } from "./terminal/lines.ts"

const two = (amount: number): string => String(amount).padStart(2, "0")

/**
 * A time that is left or has passed (ms), as exact as anybody needs: `40s`, `4m 10s`, `2h 05m`, `3d
 * 4h`.
 */
export const left = (ms: number): string => {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h ${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}

const cells = 10

const paintFor = (used: number, { bad, good, warn }: Paints) => {
  if (used >= 0.9) return bad
  if (used >= 0.7) return warn
  return good
}

/** How much of a quota is used (1 is full): `[####......]  42 %`. */
export const bar = (used: number, paints: Paints): string => {
  const filled = Math.max(0, Math.min(cells, Math.round(used * cells)))
  const paint = paintFor(used, paints)
  return (
    `[${paint("#".repeat(filled))}${".".repeat(cells - filled)}] ` +
    `${String(Math.round(used * 100)).padStart(3)} %`
  )
}
