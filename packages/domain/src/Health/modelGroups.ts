/**
 * Models as the provider limits them: an API key's limits are counted for a group of models, a
 * plan's for a family (decision D33). Pure.
 */
import { boundedMemo } from "../Bounded/boundedMemo.ts"

/**
 * One line of models. `known` groups stand in the provider's own tables of rate limits, `assumed`
 * ones follow their pattern.
 */
interface ModelLine {
  readonly pattern: RegExp
  readonly group: string
  readonly basis: "known" | "assumed"
}

/**
 * One row for each line of models; the first that matches counts. The patterns are for ids without
 * provider, date and suffixes: `claude-opus-4-8`.
 */
export const modelLines: ReadonlyArray<ModelLine> = [
  // Retired, and no longer in the tables; the combined group begins with 4.5.
  { pattern: /^claude-opus-4(?:-[01])?$/, group: "opus-4.1", basis: "assumed" },
  { pattern: /^claude-opus-4-[5-8]$/, group: "opus-4", basis: "known" },
  { pattern: /^claude-opus-5$/, group: "opus-5", basis: "known" },
  { pattern: /^claude-opus-5-5$/, group: "opus-5.5", basis: "known" },
  // "Sonnet 4.x": 4.5 and 4.6 in the tables of today, 4 and 4.5 in older ones.
  { pattern: /^claude-sonnet-4(?:-\d)?$/, group: "sonnet-4", basis: "known" },
  { pattern: /^claude-sonnet-5$/, group: "sonnet-5", basis: "known" },
  { pattern: /^claude-sonnet-5-5$/, group: "sonnet-5.5", basis: "known" },
  { pattern: /^claude-(?:3-5-haiku|haiku-3-5)$/, group: "haiku-3.5", basis: "known" },
  { pattern: /^claude-haiku-4-5$/, group: "haiku-4.5", basis: "known" },
  { pattern: /^claude-haiku-5-5$/, group: "haiku-5.5", basis: "known" },
  { pattern: /^claude-fable-5(?:-\d)?$/, group: "fable-5", basis: "known" },
  { pattern: /^claude-mythos-5(?:-\d)?$/, group: "mythos-5", basis: "assumed" }
]

const families = ["opus", "sonnet", "haiku", "fable", "mythos"]

/**
 * A model id without what names the same model: `anthropic/Claude-Opus-4-5-20251101[1m]` →
 * `claude-opus-4-5`.
 */
export const plainModelId: (model: string) => string = boundedMemo((model) =>
  model
    .trim()
    .toLowerCase()
    .replace(/^.*(?:\/|anthropic\.)/, "")
    .replace(/\[[^\]]*\]$/, "")
    .replace(/[@:].*$/, "")
    .replace(/(?:-\d{8})?(?:-v\d+|-latest)?$/, "")
    // Versions are written with dots by some clients.
    .replace(/(\d)\.(\d)/g, "$1-$2")
)

/**
 * Scopes are texts with a colon in them and stand in files: no other signs in the name of a group.
 */
const cleaned = (name: string): string => name.replace(/[^\w.-]+/g, "_").slice(0, 64)

/**
 * The group whose limits a model counts against. A model of no known line is a group of its own.
 */
export const modelGroup = (model: string): string => {
  const id = plainModelId(model)
  return modelLines.find(({ pattern }) => pattern.test(id))?.group ?? (cleaned(id) || "unknown")
}

/**
 * The family of a model: `opus`, `sonnet`, `haiku`, `fable`, `mythos`. An unknown one is its own.
 */
export const modelFamily = (model: string): string => {
  const id = plainModelId(model)
  return families.find((name) => id.includes(name)) ?? (cleaned(id) || "unknown")
}
