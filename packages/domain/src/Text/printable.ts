/**
 * Foreign text made fit to be shown: names, messages and paths come from files, clients and
 * providers, and what shows them would obey what is hidden in them.
 */

/**
 * Control characters (line breaks and escape sequences among them), whatever changes the direction
 * of text, what is invisible or takes no room, and halves of surrogate pairs.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const escaped = (character: string): string =>
  short[character] ??
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`
  ).join("")

/**
 * The text on one line with nothing hidden: every character that would not be seen stands as an
 * escape of JSON (`\n`, `\u202e`), so that a JSON document means the same afterwards. Applied twice
 * it changes nothing more.
 */
export const printable = (text: string): string => text.replace(hidden, escaped)
