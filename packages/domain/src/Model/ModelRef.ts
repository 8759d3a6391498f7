/** A model as `provider/model`, and the ways a person may write it (docs/formats.md). */
import * as Option from "effect/Option"
import * as ProviderId from "../Profile/ProviderId.ts"

/** One model of one provider, both in their normal form. */
export interface ModelRef {
  readonly provider: ProviderId.ProviderId
  readonly model: string
}

/** Short names of Anthropic's models, in any case. Other names pass as they are. */
const shorthand: ReadonlyMap<string, string> = new Map([
  ["opus-4.5", "claude-opus-4-5"],
  ["sonnet-4.5", "claude-sonnet-4-5"]
])

/** A reference from its two parts; trims both and expands Anthropic's short names. */
export const make = (provider: string, model: string): ModelRef => {
  const id = ProviderId.normalize(provider)
  const name = model.trim()
  return {
    provider: id,
    model: id === ProviderId.anthropic ? (shorthand.get(name.toLowerCase()) ?? name) : name
  }
}

/**
 * A text as a reference: split at the first slash, both parts needed; without a slash the provider
 * is `anthropic`. `None` when a part is missing. Aliases are a matter of the catalog.
 */
export const parse = (text: string): Option.Option<ModelRef> => {
  const trimmed = text.trim()
  if (trimmed === "") return Option.none()
  const slash = trimmed.indexOf("/")
  if (slash < 0) return Option.some(make(ProviderId.anthropic, trimmed))
  const provider = trimmed.slice(0, slash).trim()
  const model = trimmed.slice(slash + 1).trim()
  if (provider === "" || model === "") return Option.none()
  return Option.some(make(provider, model))
}

/** The reference as text, `provider/model`. */
export const label = (ref: ModelRef): string => `${ref.provider}/${ref.model}`

/** Whether two references name the same model. */
export const equals = (left: ModelRef, right: ModelRef): boolean =>
  left.provider === right.provider && left.model === right.model
