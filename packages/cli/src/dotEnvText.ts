/** Where variables came from that stand in `.env` files, in words (decision D46). */

import { type Paths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import type { DotEnvFile } from "@clawdbot/domain/Status/AuthStatus"
import { textIf } from "@clawdbot/domain/Text/textIf"

/** More names than this say nothing to a person. */
const maxNames = 8

/** A file with the names of what it sets, such as `~/.clawdbot/.env (ANTHROPIC_API_KEY)`. */
export const dotEnvText = (
  paths: Pick<Paths, "home">,
  { file, folder, names }: DotEnvFile
): string => {
  const more = textIf(names.length > maxNames, `, and ${names.length - maxNames} more`)
  const shown = `${names.slice(0, maxNames).join(", ")}${more}`
  const limited = textIf(folder === "working", "; used only where nothing else is configured")
  return `${shorten(paths, file)} (${shown}${limited})`
}
