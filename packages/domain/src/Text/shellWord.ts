import * as Encoding from "effect/Encoding"
import { printable } from "./printable.ts"

/** A character as the bytes that a shell makes it of. */
const bytes = (character: string): string =>
  Encoding.encodeHex(character).replace(
    /../g,
    (byte) => `\\${Number.parseInt(byte, 16).toString(8).padStart(3, "0")}`
  )

/**
 * A word of a command line, quoted where a shell would read more into it. What cannot be shown is
 * written as bash and zsh understand it, so that the command still means it when it is pasted.
 */
export const shellWord = (word: string): string => {
  if (/^[A-Za-z0-9_:.,@%+=/-]+$/.test(word)) return word
  if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  const inner = Array.from(word, (character) => {
    if (printable(character) !== character || character === "'" || character === "\\")
      return bytes(character)
    return character
  })
  return `$'${inner.join("")}'`
}
