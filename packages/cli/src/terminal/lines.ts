/**
 * Lines for a terminal or a log: colours of our own, and everything else shown as text. Whatever
 * foreign text says, it stays on its line and colours nothing, because what is written goes through
 * {@link toTerminal}.
 */
import { printable } from "@clawdbot/domain/Text/printable"

/** What is written: one line, or several. A line break inside of a line is shown, not obeyed. */
export type Lines = string | ReadonlyArray<string>

/** Colours the terminal may show; without them each is the text itself. */
export interface Paints {
  readonly good: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
  readonly dim: (text: string) => string
  readonly note: (text: string) => string
  readonly bold: (text: string) => string
}

/**
 * Part of every mark of a colour in this run, so that no text that was written before can hold one.
 */
const own = process.hrtime.bigint().toString(36)
const mark = (code: number): string => `\u001b[${code};${own}m`
const marks = new RegExp(`\u001b\\[(\\d+);${own}m`, "g")

/** The paints of a terminal. */
export const paints = (color: boolean): Paints => {
  const paint =
    (code: number) =>
    (text: string): string =>
      color ? `${mark(code)}${text}${mark(0)}` : text
  return {
    good: paint(32),
    warn: paint(33),
    bad: paint(31),
    note: paint(36),
    dim: paint(2),
    bold: paint(1)
  }
}

/** Text without marks, that is shown as it is: nearly all lines of a log. */
const plain = /^[ -~]*$/

const line = (text: string): string => {
  if (plain.test(text)) return text
  // Between the marks stands text, after each of them its number.
  const parts = text.split(marks)
  return parts
    .map((part, index) => (index % 2 === 0 ? printable(part) : `\u001b[${part}m`))
    .join("")
}

/** The text that is written for some lines, with the line break at its end. */
export const toTerminal = (lines: Lines): string => {
  if (typeof lines === "string") return `${line(lines)}\n`
  return lines.map((text) => `${line(text)}\n`).join("")
}

/** Rows for programs, with a tab between their cells. */
export const toTable = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  rows.map((cells) => `${cells.map(printable).join("\t")}\n`).join("")

/** How many columns a line takes. */
export const columns = (text: string): number => printable(text.replaceAll(marks, "")).length

/** A JSON document as lines. */
export const jsonLines = (value: unknown): ReadonlyArray<string> =>
  JSON.stringify(value, null, 2).split("\n")

/**
 * The lines of a text that consists of lines for good: a file, a script, a value of several lines.
 * Never for a text with names or messages in it.
 */
export const linesOf = (text: string): ReadonlyArray<string> =>
  text.replace(/\r?\n$/, "").split(/\r?\n/)

/** To the first place of the screen; what follows the cursor is cleared. */
const home = "\u001b[H"
const clearRest = "\u001b[J"
const clearLine = "\u001b[K"

/**
 * The text that shows lines in place of what stood on the screen. Each is cleared as it is written,
 * so that nothing flickers; what does not fit the height is left out, for the screen must not roll.
 */
export const toScreen = (
  lines: ReadonlyArray<string>,
  { height, width }: { readonly height: number; readonly width: number }
): string => {
  const shown: Array<string> = []
  let free = height - 1
  for (const text of lines) {
    free -= Math.max(1, Math.ceil(columns(text) / width))
    if (free < 0) break
    shown.push(`${toTerminal(text).slice(0, -1)}${clearLine}\n`)
  }
  return `${home}${shown.join("")}${clearRest}`
}
