/** Lines that fit the terminal. Pure. */
import { columns } from "./lines.ts"

/**
 * Breaks a line at spaces (never a command: it has to stay pastable); what follows is indented
 * further than the line itself.
 */
export const wrap = (line: string, width: number): ReadonlyArray<string> => {
  const lead = /^ */.exec(line)?.[0] ?? ""
  const lines: Array<string> = []
  let current = lead
  for (const word of line.trim().split(" ")) {
    const next = current.trim() === "" ? `${current}${word}` : `${current} ${word}`
    if (columns(next) > width && current.trim() !== "") {
      lines.push(current.trimEnd())
      current = `${lead}    ${word}`
    } else current = next
  }
  return [...lines, current]
}
