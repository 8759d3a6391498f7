/** Numbers and times in the headers of the provider's answers. Pure. */

/**
 * Reads a header by its lower-case name. `names` gives the names there are, so that limits which
 * this version does not know can be found; a reader without it finds the known ones only.
 */
export interface HeaderReader {
  (name: string): string | undefined
  readonly names?: (() => Iterable<string>) | undefined
}

/**
 * The longest pause that is believed, in ms: a date further away is a fault in the answer or in a
 * clock.
 */
const maxPauseMs = 31 * 24 * 60 * 60_000

/** A time that can be the end of a pause; undefined for one in the past or too far away. */
export const within = (at: number | undefined, now: number): number | undefined => {
  if (at !== undefined && Number.isFinite(at) && at > now && at - now <= maxPauseMs) return at
  return undefined
}

/** A decimal number, and nothing else. */
export const decimal = (text: string | undefined): number | undefined => {
  if (text !== undefined && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text)
  return undefined
}

/** Epoch ms from epoch seconds. */
export const epochSeconds = (text: string | undefined): number | undefined => {
  const seconds = decimal(text)
  if (seconds === undefined) return undefined
  return seconds * 1000
}

/** The forms of dates in HTTP and in JSON: `Date.parse` alone takes nearly every text for one. */
const dateForm = /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} |\d{4}-\d{2}-\d{2}(?:T|$))/

/** Epoch ms from a date. */
export const date = (text: string | undefined): number | undefined => {
  const at = text !== undefined && dateForm.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) return undefined
  return at
}

/** Epoch ms from `retry-after-ms`, or `retry-after` in seconds (`120`, `120s`) or as a date. */
export const readRetryAfter = (header: HeaderReader, now: number): number | undefined => {
  const milliseconds = decimal(header("retry-after-ms"))
  if (milliseconds !== undefined) return within(now + milliseconds, now)
  const text = header("retry-after")
  const seconds = decimal(text?.trim().replace(/s$/, ""))
  return within(seconds === undefined ? date(text) : now + seconds * 1000, now)
}

/**
 * Whether an answer asks to come back at a time that cannot be meant: a text that is no time, or
 * one that is years away. One in the past means now.
 */
export const hasUnbelievableRetryAfter = (header: HeaderReader, now: number): boolean => {
  const text = header("retry-after")
  if (text === undefined || readRetryAfter(header, now) !== undefined) return false
  const seconds = decimal(text)
  const at = seconds === undefined ? date(text) : now + seconds * 1000
  return at === undefined || at > now
}
