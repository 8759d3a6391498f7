/**
 * Foreign text made fit to be shown: names, messages and paths come from files, clients and
 * providers, and what shows them would obey what is hidden in them.
 */

/**
 * The text on one line with nothing hidden: control characters (line breaks and escape sequences
 * among them), whatever changes the direction of text, what is invisible or takes no room, and
 * halves of surrogate pairs stand as escapes of JSON (`\n`, `\u202e`), so that a JSON document
 * means the same afterwards. Applied twice it changes nothing more.
 *
 * It refers to nothing outside of itself: the dashboard gives its source to the browser.
 */
export const printable = (text: string): string => {
  // Nearly every text. The tables of Unicode behind the other expression take 5 ms of a start.
  if (/^[ -~]*$/.test(text)) return text
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => {
      if (character === "\n") return "\\n"
      if (character === "\r") return "\\r"
      if (character === "\t") return "\\t"
      return Array.from({ length: character.length }, (_, index) => {
        const unit = character.charCodeAt(index).toString(16)
        return `\\u${unit.padStart(4, "0")}`
      }).join("")
    }
  )
}
