/**
 * Anthropic models this version knows by name, for `models list`. Any other model can be used as
 * well: nothing is checked against this list.
 */
import { textIf } from "../Text/textIf.ts"

/** What is shown of a known model. */
export interface KnownModel {
  readonly id: string
  readonly name: string
  /** Tokens. */
  readonly contextWindow: number
}

const ids: ReadonlyArray<string> = [
  "claude-3-5-haiku-20241022",
  "claude-3-5-haiku-latest",
  "claude-3-5-sonnet-20240620",
  "claude-3-5-sonnet-20241022",
  "claude-3-7-sonnet-20250219",
  "claude-3-7-sonnet-latest",
  "claude-3-haiku-20240307",
  "claude-3-opus-20240229",
  "claude-3-sonnet-20240229",
  "claude-haiku-4-5",
  "claude-haiku-4-5-20251001",
  "claude-opus-4-0",
  "claude-opus-4-1",
  "claude-opus-4-1-20250805",
  "claude-opus-4-20250514",
  "claude-opus-4-5",
  "claude-opus-4-5-20251101",
  "claude-sonnet-4-0",
  "claude-sonnet-4-20250514",
  "claude-sonnet-4-5",
  "claude-sonnet-4-5-20250929"
]

/** `claude-opus-4-5` → `Claude Opus 4.5 (latest)`; a dated id is that one release. */
const nameOf = (id: string): string => {
  const dated = /-\d{8}$/.test(id)
  const parts = id
    .replace(/-(\d{8}|latest)$/, "")
    .split("-")
    .slice(1)
  const family = parts.find((part) => /^[a-z]+$/.test(part)) ?? ""
  const version = parts
    .filter((part) => /^\d+$/.test(part))
    .join(".")
    .replace(/\.0$/, "")
  return (
    `Claude ${family.charAt(0).toUpperCase()}${family.slice(1)} ` +
    `${version}${textIf(!dated, " (latest)")}`
  )
}

/** The known models, by id. */
export const knownModels: ReadonlyMap<string, KnownModel> = new Map(
  ids.map((id) => [id, { id, name: nameOf(id), contextWindow: 200_000 }])
)
