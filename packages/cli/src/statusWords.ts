/**
 * The words and bars of the status report. Pure; ASCII, so that every terminal and log shows them.
 */
import type { Paints } from "./terminal/lines.ts"

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
