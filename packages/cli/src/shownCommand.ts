/** Commands as they are shown: they have to work when they are pasted (config-and-cli.md §1). */
import { printable } from "@clawdbot/domain/Text/printable"

/** A text with the switch `--profile NAME` put into every command of this program that it shows. */
export const withProfile = (text: string, profile: string | undefined): string =>
  profile === undefined
    ? text
    : text.replace(/\bclawdbot (?=[a-z])/g, `clawdbot --profile ${profile} `)

/** A character as the bytes that a shell makes it of. */
const bytes = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`)
    .join("")

/**
 * A word of a command line, quoted where a shell would read more into it. What cannot be shown is
 * written as bash and zsh understand it, so that the command still means it when it is pasted.
 */
export const shellWord = (word: string): string => {
  if (/^[A-Za-z0-9_:.,@%+=/-]+$/.test(word)) return word
  if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  const inner = Array.from(word, (character) =>
    printable(character) !== character || character === "'" || character === "\\"
      ? bytes(character)
      : character
  )
  return `$'${inner.join("")}'`
}
