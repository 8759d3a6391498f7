/** How long a health file may be behind by what can wait. Pure. */

/** Most files hold a few credentials and take no time to write. */
const leastMs = 5_000
/** So much is forgotten of what was used when, where a process is killed. */
const mostMs = 60_000
/** The most credentials whose file is written after the least time. */
const ordinary = 1_000

/**
 * How long what every request says again may be missing from a file, in ms, by the number of
 * credentials it holds. The file is written as a whole: the pause grows with it, so that writing
 * takes the same small part of a processor's time with a thousand credentials and with ten
 * thousand.
 */
export const lazyWriteMs = (credentials: number): number =>
  Math.min(mostMs, Math.max(leastMs, (leastMs * credentials) / ordinary))
