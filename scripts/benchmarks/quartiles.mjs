// The middle half of what was measured, and what it says of a limit.

/** The value below which a part of them lies: 0.25 and 0.75 are the ends of the middle half. */
export const quarter = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.round((values.length - 1) * part)]

/**
 * A limit holds, or does not, where the middle half lies on one side of it; undefined where the
 * spread is wider than the margin.
 */
export const verdict = (ratios, limit) => {
  if (quarter(ratios, 0.75) <= limit) return true
  if (quarter(ratios, 0.25) > limit) return false
  return undefined
}

/** The middle half in words. */
export const middleHalf = (values) =>
  `middle half ${quarter(values, 0.25).toFixed(2)} to ${quarter(values, 0.75).toFixed(2)}`

/** What is said beside a figure that neither holds nor fails. */
export const noteOf = (isHeld) =>
  isHeld === undefined ? "; the spread is wider than the margin" : ""
