/**
 * How deep the brackets of a text are nested. Documents are walked by functions that call
 * themselves, ours and those of libraries, and a text of a few kilobytes can exhaust the stack:
 * what is nested deeper than any real document is refused before it is parsed. Pure.
 */
import { placeAt, type TextPlace } from "./TextPlace.ts"

/** The deepest nesting that is read. Real documents have some ten levels. */
export const maxLevels = 200

const code = (character: string): number => character.charCodeAt(0)
const [quote, apostrophe, backslash, slash, star] = [`"`, "'", "\\", "/", "*"].map(code)
const [brace, bracket, closeBrace, closeBracket] = ["{", "[", "}", "]"].map(code)

/** The offset just behind a string that begins at `start`; the end of the text if it is open. */
const afterString = (text: string, start: number): number => {
  const mark = text[start] ?? `"`
  let end = text.indexOf(mark, start + 1)
  while (end > 0) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end + 1
    end = text.indexOf(mark, end + 1)
  }
  return text.length
}

/** The offset just behind a comment that begins at `start`, or behind a slash that begins none. */
const afterComment = (text: string, start: number): number => {
  const next = text.charCodeAt(start + 1)
  if (next === slash) {
    const length = text.slice(start).search(/[\n\r\u2028\u2029]/)
    if (length < 0) return text.length
    return start + length
  }
  if (next !== star) return start + 1
  const end = text.indexOf("*/", start + 2)
  if (end < 0) return text.length
  return end + 2
}

/**
 * The first bracket or brace of a JSON or JSON5 text that opens more than {@link maxLevels} levels;
 * brackets in strings and comments do not count.
 */
export const tooDeep = (text: string): TextPlace | undefined => {
  if (text.length <= maxLevels) return undefined
  let levels = 0
  for (let at = 0; at < text.length; ) {
    const character = text.charCodeAt(at)
    if (character === quote || character === apostrophe) {
      at = afterString(text, at)
      continue
    }
    if (character === slash) {
      at = afterComment(text, at)
      continue
    }
    if (character === brace || character === bracket) {
      levels++
      if (levels > maxLevels) return placeAt(text, at)
    } else if (character === closeBrace || character === closeBracket)
      levels = Math.max(0, levels - 1)
    at++
  }
  return undefined
}

/** What is wrong with such a text, in the words of every message about it. */
export const problem = `the document is nested more than ${maxLevels} levels deep here`

/** How it is cured. */
export const cure =
  "look for brackets or braces that are opened again and again, or replace the file " +
  "with a good copy"
