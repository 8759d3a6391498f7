/** Short names of models: those a config sets, and the built-in ones. */
import * as Option from "effect/Option"
import type { Config } from "../Config/Config.ts"
import * as ModelRef from "./ModelRef.ts"

/**
 * Aliases that need no entry. An entry of the same model with an alias of its own, or an empty one,
 * takes them away.
 */
export const builtInAliases: ReadonlyArray<readonly [alias: string, ref: ModelRef.ModelRef]> = [
  ["opus", ModelRef.make("anthropic", "claude-opus-4-5")],
  ["sonnet", ModelRef.make("anthropic", "claude-sonnet-4-5")],
  ["gpt", ModelRef.make("openai", "gpt-5.2")],
  ["gpt-mini", ModelRef.make("openai", "gpt-5-mini")],
  ["gemini", ModelRef.make("google", "gemini-3-pro-preview")],
  ["gemini-flash", ModelRef.make("google", "gemini-3-flash-preview")]
]

export const blankless = (text: string | undefined): string | undefined => {
  const trimmed = text?.trim()
  if (trimmed === "") return undefined
  return trimmed
}

export const entries = (config: Config) => Object.entries(config.agents?.defaults?.models ?? {})

/**
 * The alias of a listed model: its own, or the built-in one when it has none; an empty own alias
 * means none.
 */
const aliasOf = (listed: string, own: string | undefined): string | undefined => {
  if (own !== undefined) return blankless(own)
  const ref = ModelRef.parse(listed)
  if (Option.isNone(ref)) return undefined
  return builtInAliases.find(([, target]) => ModelRef.equals(target, ref.value))?.[0]
}

export interface Aliases {
  readonly shown: ReadonlyMap<string, string>
  readonly index: ReadonlyMap<string, ModelRef.ModelRef>
  readonly warnings: ReadonlyArray<string>
}

export const collectAliases = (config: Config): Aliases => {
  const shown = new Map<string, string>()
  const index = new Map<string, ModelRef.ModelRef>()
  const owner = new Map<string, string>()
  const warnings: Array<string> = []
  const listed = entries(config)
  // Aliases a person wrote go before built-in ones of the same name.
  const written = [
    ...listed.filter(([, entry]) => entry.alias !== undefined),
    ...listed.filter(([, entry]) => entry.alias === undefined)
  ]
  for (const [name, entry] of written) {
    const alias = aliasOf(name, entry.alias)
    if (alias === undefined) continue
    const key = alias.toLowerCase()
    const before = owner.get(key)
    if (before !== undefined) {
      if (entry.alias !== undefined)
        warnings.push(`the alias "${alias}" is set for two models; ${before} is used, not ${name}`)
      continue
    }
    owner.set(key, name)
    const ref = ModelRef.parse(name)
    if (Option.isSome(ref)) index.set(key, ref.value)
  }
  for (const [name, entry] of listed) {
    const alias = aliasOf(name, entry.alias)
    if (alias !== undefined && owner.get(alias.toLowerCase()) === name) shown.set(alias, name)
  }
  // A built-in alias also finds a model that is not listed, unless a listed entry of that model
  // took it away.
  const parsed = listed.flatMap(([name]) => Option.toArray(ModelRef.parse(name)))
  for (const [alias, target] of builtInAliases) {
    if (!index.has(alias) && !parsed.some((ref) => ModelRef.equals(ref, target)))
      index.set(alias, target)
  }
  return { shown, index, warnings }
}
