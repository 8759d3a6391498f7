/**
 * A provider's name in its one normal form, so that `Anthropic` and `anthropic ` are the same
 * everywhere (docs/formats.md, decision D15).
 */
import * as Schema from "effect/Schema"

/** A normalised provider id. */
export const ProviderId = Schema.String.pipe(
  Schema.brand("ProviderId"),
  Schema.annotations({ identifier: "ProviderId" })
)
export type ProviderId = typeof ProviderId.Type

const synonyms: Readonly<Record<string, string>> = {
  "z.ai": "zai",
  "z-ai": "zai",
  "opencode-zen": "opencode",
  qwen: "qwen-portal"
}

/** Trimmed, lower-case, and without the synonyms that older files use. */
export const normalize = (text: string): ProviderId => {
  const plain = text.trim().toLowerCase()
  return ProviderId.make(Object.hasOwn(synonyms, plain) ? (synonyms[plain] ?? plain) : plain)
}

/** The provider this program is for. */
export const anthropic: ProviderId = ProviderId.make("anthropic")
