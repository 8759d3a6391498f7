/**
 * When dated things are old enough to be removed, by a clock that may be wrong: a machine whose
 * battery is empty, a virtual machine that was moved. What a wrong date removes, no right one
 * brings back. Pure.
 */
import { skewMs } from "./skew.ts"

const dayMs = 24 * 60 * 60_000

/** A longer time than this without anything new makes the clock doubtful, in ms. */
const doubtfulMs = 60 * dayMs

/** So many days with something new make up for it. */
const convincingDays = 7

/**
 * The time (epoch ms) before which things are too old, where they are kept for `keepMs`. Undefined
 * while the clock is in doubt: everything there is was dated long before it, and there was no new
 * thing on so many days since then. What is dated ahead of `now` says nothing.
 */
export const removableBefore = (
  dates: Iterable<number>,
  now: number,
  keepMs: number
): number | undefined => {
  const past = [...dates].filter((date) => date <= now + skewMs)
  const days = [...new Set(past.map((date) => Math.floor(date / dayMs)))].sort((a, b) => b - a)
  const gapDays = Math.max(doubtfulMs, keepMs) / dayMs
  let later = Math.floor(now / dayMs)
  for (const day of days.slice(0, convincingDays)) {
    if (later - day > gapDays) return undefined
    later = day
  }
  return now - keepMs
}
