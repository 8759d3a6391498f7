/**
 * The few facts the gateway needs of a request's body: `model`, `stream` and `metadata.user_id`, found in one pass over the bytes,
 * without building the document (a Claude Code request has hundreds of kilobytes). Only the top level counts: the same words inside
 * messages are text. Anything that is not valid JSON gives nothing; the provider says what is wrong with it.
 */
import { decode } from "./utf8.ts"

/** What was found. */
export interface RequestFacts {
  readonly model?: string
  readonly stream?: boolean
  readonly userId?: string
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a
const comma = 0x2c

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** A JSON string literal as text, or undefined when it is none. */
const literal = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  try {
    const value: unknown = JSON.parse(decode(bytes.subarray(start, end)))
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}

/** The position after a string that starts at `at`; -1 when it does not end. */
const skipString = (bytes: Uint8Array, at: number): number => {
  for (let index = at + 1; ; ) {
    const end = bytes.indexOf(quote, index)
    if (end < 0) return -1
    let slashes = 0
    while (bytes[end - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return end + 1
    index = end + 1
  }
}

/** The position after the value that starts at `at`; -1 when it does not end. */
const skipValue = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at]
  if (first === quote) return skipString(bytes, at)
  if (first === openBrace || first === openBracket) {
    let depth = 0
    for (let index = at; index < bytes.length; ) {
      const byte = bytes[index]
      if (byte === quote) {
        index = skipString(bytes, index)
        if (index < 0) return -1
        continue
      }
      if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) {
        depth--
        if (depth === 0) return index + 1
      }
      index++
    }
    return -1
  }
  let index = at
  while (index < bytes.length) {
    const byte = bytes[index]
    if (byte === comma || byte === closeBrace || byte === closeBracket || isBlank(byte)) break
    index++
  }
  return index > at ? index : -1
}

/** Calls `visit` for each member of the object that starts at `at`, until it says to stop. */
const members = (
  bytes: Uint8Array,
  at: number,
  visit: (key: string | undefined, start: number, end: number) => boolean
): void => {
  let index = at
  const blanks = () => {
    while (isBlank(bytes[index])) index++
  }
  blanks()
  if (bytes[index] !== openBrace) return
  index++
  for (;;) {
    blanks()
    if (bytes[index] !== quote) return
    const keyStart = index
    index = skipString(bytes, index)
    if (index < 0) return
    const key = literal(bytes, keyStart, index)
    blanks()
    if (bytes[index] !== colon) return
    index++
    blanks()
    const start = index
    index = skipValue(bytes, start)
    if (index < 0 || visit(key, start, index)) return
    blanks()
    if (bytes[index] !== comma) return
    index++
  }
}

const wanted = 3

/** The facts of a body. The search ends as soon as all of them are known. */
export const scan = (body: Uint8Array): RequestFacts => {
  const facts: { model?: string; stream?: boolean; userId?: string } = {}
  let known = 0
  members(body, 0, (key, start, end) => {
    if (key === "model") {
      const model = literal(body, start, end)
      if (model !== undefined) facts.model = model
      known++
    } else if (key === "stream") {
      facts.stream = body[start] === 0x74
      known++
    } else if (key === "metadata") {
      members(body.subarray(0, end), start, (inner, from, to) => {
        if (inner !== "user_id") return false
        const userId = literal(body, from, to)
        if (userId !== undefined) facts.userId = userId
        return true
      })
      known++
    }
    return known === wanted
  })
  return facts
}
