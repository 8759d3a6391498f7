/** Where something stands in a text. Pure. */

/** A place in a text: offset from 0, line and column from 1. */
export interface TextPlace {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/** The line and column of an offset. */
export const placeAt = (text: string, offset: number): TextPlace => {
  let line = 1
  let start = 0
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", start)) {
    line++
    start = at + 1
  }
  return { offset, line, column: offset - start + 1 }
}
