/**
 * Changes of the configured models as edits of the config: one place for `models set`, `aliases`
 * and `fallbacks` (docs/command-line.md). Pure.
 */

import type { Config } from "@clawdbot/domain/Config/Config"
import type { ConfigEdit } from "@clawdbot/domain/Config/ConfigStore"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { ModelUnknown } from "../../CliError.ts"

/** Which of the two model choices a command is about. */
export type ChoiceKey = "model" | "imageModel"

/** A text as a model, or why it is none. */
export const resolve = (
  config: Config,
  text: string
): Either.Either<ModelRef.ModelRef, ModelUnknown> =>
  Either.fromOption(
    ModelCatalog.fromConfig(config).resolve(text),
    () => new ModelUnknown({ text, problem: "reference" })
  )

const set = (path: ReadonlyArray<string>, value: unknown): ConfigEdit => ({
  _tag: "Set",
  path: ["agents", "defaults", ...path],
  value
})

/**
 * The entry of a model that is put to use: what is in use is in the list, as recorded of the
 * reference (docs/command-line.md).
 */
const listed = (config: Config, label: string): ReadonlyArray<ConfigEdit> => {
  if (config.agents?.defaults?.models?.[label] === undefined) return [set(["models", label], {})]
  return []
}

/** Makes a model the primary of a choice; fallbacks and parameters stay. */
export const primary = (
  config: Config,
  choice: ChoiceKey,
  ref: ModelRef.ModelRef
): ReadonlyArray<ConfigEdit> => {
  const label = ModelRef.label(ref)
  const same = config.agents?.defaults?.[choice]?.primary === label
  return [...listIf(!same, set([choice, "primary"], label)), ...listed(config, label)]
}

/** The fallbacks of a choice, as written. */
export const fallbacksOf = (config: Config, choice: ChoiceKey): ReadonlyArray<string> =>
  config.agents?.defaults?.[choice]?.fallbacks ?? []

/** Appends a fallback, unless the same model is there already. */
export const addFallback = (
  config: Config,
  choice: ChoiceKey,
  ref: ModelRef.ModelRef
): ReadonlyArray<ConfigEdit> => {
  const catalog = ModelCatalog.fromConfig(config)
  const present = fallbacksOf(config, choice).some((text) =>
    Option.exists(catalog.resolve(text), (known) => ModelRef.equals(known, ref))
  )
  const label = ModelRef.label(ref)
  return [
    ...listIf(!present, set([choice, "fallbacks"], [...fallbacksOf(config, choice), label])),
    ...listed(config, label)
  ]
}

/** Removes all fallbacks; where there are none, nothing is to be done. */
export const clearFallbacks = (config: Config, choice: ChoiceKey): ReadonlyArray<ConfigEdit> => {
  if (fallbacksOf(config, choice).length === 0) return []
  return [set([choice, "fallbacks"], [])]
}

/** Takes a fallback out, whatever it is written as. */
export const removeFallback = (
  config: Config,
  choice: ChoiceKey,
  ref: ModelRef.ModelRef
): Either.Either<ReadonlyArray<ConfigEdit>, ModelUnknown> => {
  const catalog = ModelCatalog.fromConfig(config)
  const before = fallbacksOf(config, choice)
  const after = before.filter(
    (text) => !Option.exists(catalog.resolve(text), (known) => ModelRef.equals(known, ref))
  )
  if (after.length === before.length)
    return Either.left(new ModelUnknown({ text: ModelRef.label(ref), problem: "fallback" }))
  return Either.right([set([choice, "fallbacks"], after)])
}

const aliasShape = /^[A-Za-z0-9_.:-]+$/

/** Gives a model an alias. An alias belongs to one model, whatever case it is written in. */
export const addAlias = (
  config: Config,
  alias: string,
  ref: ModelRef.ModelRef
): Either.Either<ReadonlyArray<ConfigEdit>, ModelUnknown> => {
  const name = alias.trim()
  const label = ModelRef.label(ref)
  if (name === "") return Either.left(new ModelUnknown({ text: alias, problem: "empty alias" }))
  if (!aliasShape.test(name))
    return Either.left(new ModelUnknown({ text: alias, problem: "alias shape" }))
  const taken = [...ModelCatalog.fromConfig(config).aliases].find(
    ([known, target]) => known.toLowerCase() === name.toLowerCase() && target !== label
  )
  if (taken !== undefined)
    return Either.left(new ModelUnknown({ text: name, problem: `alias of ${taken[1]}` }))
  const same = config.agents?.defaults?.models?.[label]?.alias === name
  return Either.right(listIf(!same, set(["models", label, "alias"], name)))
}

/** Takes an alias away; a built-in one is switched off by an empty alias. */
export const removeAlias = (
  config: Config,
  alias: string
): Either.Either<ReadonlyArray<ConfigEdit>, ModelUnknown> => {
  const name = alias.trim().toLowerCase()
  const found = [...ModelCatalog.fromConfig(config).aliases].find(
    ([known]) => known.toLowerCase() === name
  )
  if (found === undefined) return Either.left(new ModelUnknown({ text: alias, problem: "alias" }))
  const [, label] = found
  const own = config.agents?.defaults?.models?.[label]?.alias
  return Either.right([
    own === undefined
      ? set(["models", label, "alias"], "")
      : { _tag: "Unset", path: ["agents", "defaults", "models", label, "alias"] }
  ])
}
