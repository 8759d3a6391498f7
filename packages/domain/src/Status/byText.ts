/**
 * The order in which lists are shown: that of the language, as the reference sorts them
 * (docs/formats.md). Pure.
 */

/** A character that every language's tables (or the end of a text) order alike. */
const isPlain = (character: string): boolean => /^[a-z0-9]?$/.test(character)

/**
 * `a.localeCompare(b)`, decided by the first difference where that is plain: loading the language's
 * tables costs a command that sorts a handful of profile ids as much as reading its files.
 */
export const byText = (a: string, b: string): number => {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  const left = a[at] ?? ""
  const right = b[at] ?? ""
  if (left === right) return 0
  if (isPlain(left) && isPlain(right)) {
    if (left < right) return -1
    return 1
  }
  return a.localeCompare(b)
}
