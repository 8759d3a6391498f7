/**
 * A line that is typed or pasted without being shown. Pure. A paste may hold line breaks, because
 * programs that print a token break it to the width of the window: those are part of the paste,
 * with or without the marks a terminal puts around one, and only Enter on its own ends the line.
 */

/** The line so far. */
export interface HiddenLine {
  readonly text: string
  /** Between the marks of a paste. */
  readonly pasting: boolean
  /** The beginning of an escape sequence whose end has not come yet. */
  readonly rest: string
  /**
   * `perhaps`: a line break that came together with other text, at its end. It is Enter, unless
   * more follows at once.
   */
  readonly end: "open" | "perhaps" | "entered" | "cancelled"
}

/** Nothing yet. */
export const empty: HiddenLine = { text: "", pasting: false, rest: "", end: "open" }

/** More than any secret has; what comes beyond it is dropped. */
const maxLength = 16_384

const escape = "\u001b"
const pasteBegins = "\u001b[200~"
const pasteEnds = "\u001b[201~"

/** How long the escape sequence at the front is; 0 while its end has not come. */
const sequenceLength = (text: string): number => {
  if (text.length < 2) return 0
  if (text[1] !== "[" && text[1] !== "O") return 2
  for (let at = 2; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e) return at + 1
  }
  return 0
}

/** The line after more keys. `chunk` is what arrived at once. */
export const step = (line: HiddenLine, chunk: string): HiddenLine => {
  if (chunk === "" || line.end === "entered" || line.end === "cancelled") return line
  const input = line.rest + chunk
  let text = line.end === "perhaps" ? `${line.text}\n` : line.text
  let pasting = line.pasting
  const add = (more: string): void => {
    text = (text + more).slice(0, maxLength)
  }
  for (let at = 0; at < input.length; ) {
    const char = input[at] ?? ""
    if (char === escape) {
      const length = sequenceLength(input.slice(at))
      if (length === 0) return { text, pasting, rest: input.slice(at), end: "open" }
      const sequence = input.slice(at, at + length)
      if (sequence === pasteBegins) pasting = true
      if (sequence === pasteEnds) pasting = false
      at += length
      continue
    }
    const width = char === "\r" && input[at + 1] === "\n" ? 2 : 1
    if (char === "\r" || char === "\n") {
      const isLast = at + width === input.length
      if (isLast && !pasting)
        return { text, pasting, rest: "", end: input.length === width ? "entered" : "perhaps" }
      add("\n")
    } else if (pasting) {
      if (char >= " " || char === "\t") add(char)
    } else if (char === "\u0003" || char === "\u0004")
      return { text: "", pasting, rest: "", end: "cancelled" }
    else if (char === "\u007f" || char === "\b") text = text.slice(0, -1)
    else if (char === "\u0015") text = ""
    else if (char >= " " || char === "\t") add(char)
    at += width
  }
  return { text, pasting, rest: "", end: "open" }
}

/** The line when nothing followed for a while. */
export const settle = (line: HiddenLine): HiddenLine => {
  if (line.end === "perhaps") return { ...line, end: "entered" }
  return line
}
