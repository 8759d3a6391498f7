/**
 * The text of a secret before it is one: what a person pasted, or what stood in a variable. Cleaned
 * of what terminals, quotes and editors add, looked at for characters that no header can carry, and
 * recognised by its beginning. Pure; nothing here keeps or shows the text.
 */

import * as Redacted from "effect/Redacted"
import { textOf } from "../Text/textIf.ts"

/** A setup token has 108 characters; one with fewer than this was cut off while it was copied. */
const minTokenLength = 80

/** `export NAME=value`, or `ANTHROPIC_API_KEY=value`: never the padding of a base64 text. */
const assignment = /^(?:export\s+[A-Za-z_][A-Za-z0-9_]*|[A-Z][A-Z0-9]*_[A-Z0-9_]*)=(?!=*$)(.*)$/s

/**
 * A secret without what comes along with a copy: an assignment around it, quotes, a semicolon,
 * blanks and byte order marks at its ends, and the breaks of a terminal that wrapped it.
 */
export const clean = (pasted: Redacted.Redacted): Redacted.Redacted => {
  const text = Redacted.value(pasted).trim()
  const value = (assignment.exec(text)?.[1] ?? text).trim().replace(/;$/, "").trim()
  const unquoted = /^(["'`])(.*)\1$/s.exec(value)?.[2] ?? value
  return Redacted.make(unquoted.replace(/\s*[\r\n]+\s*/g, "").trim())
}

/** Characters that people meet, by name: they look like others, or like nothing. */
const names: Readonly<Record<number, string>> = {
  9: "a tab",
  10: "a line end",
  13: "a carriage return",
  27: "an escape character",
  160: "a no-break space",
  173: "a soft hyphen",
  8203: "a zero-width space",
  8204: "a zero-width non-joiner",
  8205: "a zero-width joiner",
  8208: "a typographic hyphen",
  8209: "a non-breaking hyphen",
  8211: "an en dash",
  8212: "an em dash",
  8216: "a typographic quote",
  8217: "a typographic quote",
  8220: "a typographic quote",
  8221: "a typographic quote",
  8230: "an ellipsis",
  8288: "a word joiner",
  65279: "a byte order mark"
}

/**
 * Where a secret holds a character that cannot be sent, in words: `character 64 is U+200B (a
 * zero-width space)`. Undefined where all of it can. A header carries visible ASCII; anything else
 * is refused by the HTTP client, or arrives as something else.
 */
export const unsendable = (secret: Redacted.Redacted): string | undefined => {
  const text = Redacted.value(secret).trim()
  const at = text.search(/[^\x20-\x7e]/)
  if (at < 0) return undefined
  const point = text.codePointAt(at) ?? 0
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`
  const name = names[point]
  return `character ${at + 1} is ${code}${textOf(name, (name) => ` (${name})`)}`
}

/** What a cleaned text looks like. `unknown` is everything that no rule recognises. */
export type SecretShape =
  | "nothing"
  | "a placeholder"
  | "an API key"
  | "a setup token"
  | "a login code that was not exchanged"
  | "a refresh token"
  | "an admin key"
  | "a token that is cut off"
  | "several words"
  | "unknown"

/**
 * `sk-ant-...` of a document, a masked key of a status report, `<your key>`, `$ANTHROPIC_API_KEY`.
 */
const placeholders: ReadonlyArray<RegExp> = [
  /^sk-.*(\.{2,}|…)/,
  /^(\.{2,}|…|\*+)$/,
  /^<.*>$/,
  /^\$(\{.*\}|[A-Za-z_][A-Za-z0-9_]*)$/,
  /^(sk-ant-([a-z0-9]+-)?)?your[-_ ]?([a-z]+[-_ ])*(key|token)([-_ ]here)?$/i,
  /^(sk-ant-((api03|oat01)-)?)[xX*]+$/
]

const beginnings: ReadonlyArray<readonly [beginning: string, shape: SecretShape]> = [
  ["sk-ant-api03-", "an API key"],
  ["sk-ant-oat01-", "a setup token"],
  ["sk-ant-ort01-", "a refresh token"],
  ["sk-ant-admin01-", "an admin key"]
]

/** Recognises a text that went through {@link clean}. */
export const shapeOf = (secret: Redacted.Redacted): SecretShape => {
  const text = Redacted.value(secret)
  if (text === "") return "nothing"
  if (placeholders.some((placeholder) => placeholder.test(text))) return "a placeholder"
  if (/\s/.test(text)) return "several words"
  if (text.includes("#")) return "a login code that was not exchanged"
  const shape = beginnings.find(([beginning]) => text.startsWith(beginning))?.[1]
  if (shape === "a setup token" && text.length < minTokenLength) return "a token that is cut off"
  return shape ?? "unknown"
}
