/**
 * How far ahead of the clock something may be dated before it is not believed, in ms: clocks are
 * nudged all the time. What is dated later was noted by a clock that was ahead.
 */
export const skewMs = 60_000
