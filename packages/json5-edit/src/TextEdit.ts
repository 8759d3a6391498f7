/**
 * The smallest changes of a text that set or remove one entry; everything else keeps its bytes
 * (decision D17).
 */
import { type Container, type Entry, type Span, skipTrivia } from "./SyntaxTree.ts"
import { indentOf, isMultiline, type Layout, lineStart, renderEntry } from "./TextStyle.ts"

/** A stretch of the text and what stands there afterwards. */
export interface Splice extends Span {
  readonly text: string
}

/** The text after all splices, which must not overlap. */
export const splice = (text: string, splices: ReadonlyArray<Splice>): string => {
  const ordered = [...splices].sort(
    (left, right) => right.start - left.start || right.end - left.end
  )
  return ordered.reduce(
    (result, { start, end, text: piece }) => result.slice(0, start) + piece + result.slice(end),
    text
  )
}

const comment = /[ \t]*(?:\/\/[^\n\r\u2028\u2029]*|\/\*[^\n\r]*?\*\/)/y
const blanks = /[ \t]*/y
const lineRest = /[ \t]*(\r\n|[\n\r])?/y

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** The end of the comments that follow on the same line; `from` when there are none. */
export const sameLineComments = (text: string, from: number): number => {
  let end = from
  for (;;) {
    const found = matchAt(comment, text, end)
    if (found === null) return end
    end += found[0].length
  }
}

const isCompact = (text: string, inside: Container): boolean => {
  const [first, second] = inside.entries
  if (first?.key !== undefined) return !/\s/.test(text.slice(first.key.end, first.value.start))
  return (
    first !== undefined && second !== undefined && !/\s/.test(text.slice(first.end, second.start))
  )
}

/**
 * One more entry at the end of a container. `layout` describes the container itself; `key` is
 * undefined in a list.
 */
export const insertEntry = (
  text: string,
  inside: Container,
  key: string | undefined,
  value: unknown,
  layout: Layout
): ReadonlyArray<Splice> => {
  const last = inside.entries.at(-1)
  const { style } = layout
  const closing = indentOf(text, inside.start)
  if (last === undefined) {
    const content = text.slice(inside.start + 1, inside.end - 1)
    const at = inside.start + 1 + content.trimEnd().length
    const blank = text.slice(at, inside.end - 1)
    if (!layout.multiline) {
      const pad = inside.type === "list" ? "" : " "
      return [
        {
          start: at,
          end: inside.end - 1,
          text: `${pad}${renderEntry(key, value, layout, false)}${pad}`
        }
      ]
    }
    const inner = { ...layout, indent: `${closing}${style.unit}` }
    const rendered = renderEntry(key, value, inner, style.trailingComma)
    const entry = `${style.newline}${inner.indent}${rendered}`
    return [
      {
        start: at,
        end: inside.end - 1,
        text: `${entry}${/[\n\r\u2028\u2029]/.test(blank) ? blank : `${style.newline}${closing}`}`
      }
    ]
  }
  const comma = skipTrivia(text, last.end)
  const hasComma = text[comma] === ","
  if (!isMultiline(text, inside)) {
    const entry = renderEntry(
      key,
      value,
      { ...layout, multiline: false, indent: closing },
      hasComma
    )
    const space = isCompact(text, inside) ? "" : " "
    if (hasComma) return [{ start: comma + 1, end: comma + 1, text: `${space}${entry}` }]
    return [{ start: last.end, end: last.end, text: `,${space}${entry}` }]
  }
  const indent = indentOf(text, last.start)
  const rendered = renderEntry(key, value, { ...layout, multiline: true, indent }, hasComma)
  const entry = `${style.newline}${indent}${rendered}`
  const at = sameLineComments(text, hasComma ? comma + 1 : last.end)
  if (hasComma) return [{ start: at, end: at, text: entry }]
  if (at === last.end) return [{ start: at, end: at, text: `,${entry}` }]
  return [
    { start: last.end, end: last.end, text: "," },
    { start: at, end: at, text: entry }
  ]
}

const blankOnly = (text: string): boolean => /^\s*$/.test(text)

/** The stretch that goes away with something: its whole line where it has one to itself. */
export const lineSpan = (text: string, start: number, end: number): Span => {
  const from = lineStart(text, start)
  const after = matchAt(lineRest, text, end)
  const aloneBefore = from > 0 && /^[ \t]*$/.test(text.slice(from, start))
  if (aloneBefore && after?.[1] !== undefined) return { start: from, end: end + after[0].length }
  return { start, end }
}

/**
 * A container without one entry. Comments around the entry stay; `replacement` stands where it was.
 */
export const removeEntry = (
  text: string,
  inside: Container,
  entry: Entry,
  replacement = ""
): ReadonlyArray<Splice> => {
  const index = inside.entries.indexOf(entry)
  const previous = inside.entries[index - 1]
  const separator = skipTrivia(text, entry.end)
  const hasComma = text[separator] === ","
  const joined = hasComma && blankOnly(text.slice(entry.end, separator))
  const end = joined ? separator + 1 : entry.end
  const rest = text.slice(inside.start + 1, entry.start) + text.slice(end, inside.end - 1)
  if (
    replacement === "" &&
    inside.entries.length === 1 &&
    blankOnly(hasComma && !joined ? "," : rest)
  ) {
    return [{ start: inside.start + 1, end: inside.end - 1, text: "" }]
  }
  const own = hasComma && !joined ? [{ start: separator, end: separator + 1, text: "" }] : []
  const before = previous === undefined || hasComma ? undefined : skipTrivia(text, previous.end)
  const line = lineSpan(text, entry.start, end)
  if (replacement !== "") {
    const orphan =
      before === undefined || text[before] !== ","
        ? []
        : [{ start: before, end: before + 1, text: "" }]
    return [...orphan, { start: entry.start, end, text: replacement }, ...own]
  }
  const whole = line.start < entry.start
  if (before !== undefined && text[before] === ",") {
    if (!whole && blankOnly(text.slice(before + 1, entry.start)))
      return [{ start: before, end, text: "" }, ...own]
    return [{ start: before, end: before + 1, text: "" }, { ...line, text: "" }, ...own]
  }
  if (whole) return [{ ...line, text: "" }, ...own]
  const spaces = matchAt(blanks, text, end)?.[0].length ?? 0
  return [{ start: entry.start, end: joined ? end + spaces : end, text: "" }, ...own]
}
