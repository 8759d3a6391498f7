/**
 * Finding one's way in JSON as bytes, without building the document: where strings and values end,
 * which members an object has. For valid JSON the answers are exact. Anything else ends the search
 * or gives positions that mean nothing; nothing throws.
 */
import { decode } from "./utf8.ts"

/** The bytes of JSON's own signs. */
export const quote = 0x22
export const comma = 0x2c
export const colon = 0x3a
export const openBracket = 0x5b
export const backslash = 0x5c
export const closeBracket = 0x5d
export const openBrace = 0x7b
export const closeBrace = 0x7d

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The first position from `at` on that is not white space. */
export const skipBlanks = (bytes: Uint8Array, at: number): number => {
  let index = at
  while (isBlank(bytes[index])) index++
  return index
}

/** The JSON string between two positions as text, or undefined when it is none. */
export const text = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  if (bytes[start] !== quote) return undefined
  const literal = decode(bytes.subarray(start, end))
  if (!literal.includes("\\")) return literal.slice(1, -1)
  try {
    const value: unknown = JSON.parse(literal)
    if (typeof value === "string") return value
    return undefined
  } catch {
    return undefined
  }
}

/** Strings are looked through byte by byte up to this length: most keys and many values. */
const shortString = 16

/**
 * The first quote from `from` on, or -1. A call would take longer than looking at a few bytes here;
 * it takes less than looking at more of them.
 */
const firstQuote = (bytes: Uint8Array, from: number): number => {
  const near = Math.min(bytes.length, from + shortString)
  for (let index = from; index < near; index++) if (bytes[index] === quote) return index
  return bytes.indexOf(quote, near)
}

/** The position after the string that starts at `at`; -1 when it does not end. */
export const skipString = (bytes: Uint8Array, at: number): number => {
  let end = firstQuote(bytes, at + 1)
  // One with quotes in it is a long text: the next is not looked for byte by byte.
  for (; end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0
    while (bytes[end - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return end + 1
  }
  return -1
}

/**
 * The position after the value that starts at `at`, whatever its depth; -1 when it does not end.
 */
export const skipValue = (bytes: Uint8Array, at: number): number => {
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
  if (index > at) return index
  return -1
}

/** Where a value ends that a visitor was given: the position after it, or -1 to end the search. */
type Visit<Key> = (key: Key, start: number) => number

const isName = (bytes: Uint8Array, start: number, name: string): boolean => {
  for (let index = 0; index < name.length; index++)
    if (bytes[start + index] !== name.charCodeAt(index)) return false
  return true
}

/**
 * The key between two positions when it is one of `names`, in plain letters; a key with escapes as
 * it reads, any other undefined.
 */
const keyAmong = (
  bytes: Uint8Array,
  start: number,
  end: number,
  names: ReadonlyArray<string>
): string | undefined => {
  for (const name of names)
    if (end - start === name.length + 2 && isName(bytes, start + 1, name)) return name
  for (let index = start; index < end; index++)
    if (bytes[index] === backslash) return text(bytes, start, end)
  return undefined
}

/**
 * Visits the members of the object that starts at `at` with each key (escapes resolved) and the
 * start of its value. The visitor gives the position after the value (usually by
 * {@link skipValue}). Gives the position after the object; -1 when it is none or the search was
 * ended. Where `names` are given, other keys may come as undefined: they cost no text then.
 */
export const members = (
  bytes: Uint8Array,
  at: number,
  visit: Visit<string | undefined>,
  names?: ReadonlyArray<string>
): number => {
  if (bytes[at] !== openBrace) return -1
  const index = skipBlanks(bytes, at + 1)
  if (bytes[index] === closeBrace) return index + 1
  return membersFrom(bytes, index, visit, names)
}

/** The members that are left after a value that ended at `end`. */
export const membersAfter = (
  bytes: Uint8Array,
  end: number,
  visit: Visit<string | undefined>,
  names?: ReadonlyArray<string>
): number => {
  const index = skipBlanks(bytes, end)
  if (bytes[index] === closeBrace) return index + 1
  if (bytes[index] !== comma) return -1
  return membersFrom(bytes, skipBlanks(bytes, index + 1), visit, names)
}

const membersFrom = (
  bytes: Uint8Array,
  from: number,
  visit: Visit<string | undefined>,
  names: ReadonlyArray<string> | undefined
): number => {
  for (let index = from; ; ) {
    const keyEnd = bytes[index] === quote ? skipString(bytes, index) : -1
    const after = keyEnd < 0 ? -1 : skipBlanks(bytes, keyEnd)
    if (after < 0 || bytes[after] !== colon) return -1
    const key =
      names === undefined ? text(bytes, index, keyEnd) : keyAmong(bytes, index, keyEnd, names)
    const end = visit(key, skipBlanks(bytes, after + 1))
    if (end < 0) return -1
    index = skipBlanks(bytes, end)
    if (bytes[index] === closeBrace) return index + 1
    if (bytes[index] !== comma) return -1
    index = skipBlanks(bytes, index + 1)
  }
}

/** The same for the elements of a list, with their positions in it. */
export const elements = (bytes: Uint8Array, at: number, visit: Visit<number>): number => {
  if (bytes[at] !== openBracket) return -1
  const index = skipBlanks(bytes, at + 1)
  if (bytes[index] === closeBracket) return index + 1
  return elementsFrom(bytes, index, 0, visit)
}

/** The elements that are left of a list, from that of a position on, which starts at `from`. */
export const elementsFrom = (
  bytes: Uint8Array,
  from: number,
  first: number,
  visit: Visit<number>
): number => {
  let index = from
  for (let position = first; ; position++) {
    const end = visit(position, index)
    if (end < 0) return -1
    index = skipBlanks(bytes, end)
    if (bytes[index] === closeBracket) return index + 1
    if (bytes[index] !== comma) return -1
    index = skipBlanks(bytes, index + 1)
  }
}
