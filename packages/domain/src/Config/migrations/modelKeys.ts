/**
 * Models of the first config format, in `agent` and in `agents.defaults`.
 *
 * before { agent: { model: "anthropic/a", modelFallbacks: ["anthropic/b"], allowedModels:
 * ["anthropic/c"], modelAliases: { quick: "anthropic/a" } } } after { agent: { model: { primary:
 * "anthropic/a", fallbacks: ["anthropic/b"] },
 * models: { "anthropic/a": { alias: "quick" }, "anthropic/c": {}, "anthropic/b": {} } } }
 *
 * The same for `imageModel` and `imageModelFallbacks`. A choice that is an object already only gets
 * what it lacks.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import type { Draft, Step } from "./Draft.ts"

const texts = (value: unknown): ReadonlyArray<string> => {
  if (JsonValue.isList(value)) return value.filter((item) => typeof item === "string")
  return []
}

/** `model` with `modelFallbacks`, or `imageModel` with its own. */
const migrateChoice = (draft: Draft, section: KeyPath, key: string): void => {
  const path = [...section, key]
  const fallbackPath = [...section, `${key}Fallbacks`]
  const choice = draft.get(path)
  const fallbacks = draft.get(fallbackPath)
  if (typeof choice === "string") {
    draft.set(path, { primary: choice.trim(), fallbacks: texts(fallbacks) }, path)
    // The text itself is the primary now; by the second move its place is found again.
    draft.set([...path, "primary"], choice.trim(), path)
    draft.say(`Migrated ${render(path)} string → ${render(path)}.primary.`)
  }
  if (!JsonValue.isList(fallbacks)) return
  const now = draft.get(path)
  if (now !== undefined && !JsonValue.isObject(now)) return
  const there = draft.get([...path, "fallbacks"])
  const free =
    there === undefined ||
    (JsonValue.isList(there) && (there.length === 0 || typeof choice === "string"))
  if (free) draft.set([...path, "fallbacks"], texts(fallbacks), fallbackPath)
  draft.unset(fallbackPath)
  draft.say(
    free
      ? `Migrated ${render(fallbackPath)} → ${render(path)}.fallbacks.`
      : `Removed ${render(fallbackPath)} (${render(path)}.fallbacks already set).`
  )
}

const legacyKeys = ["modelFallbacks", "imageModelFallbacks", "allowedModels", "modelAliases"]

const migrateSection = (draft: Draft, section: KeyPath): void => {
  const before = draft.get(section)
  if (!JsonValue.isObject(before)) return
  const applies =
    typeof before.model === "string" ||
    typeof before.imageModel === "string" ||
    legacyKeys.some(
      (key) => Object.hasOwn(before, key) && typeof before[key] === "object" && before[key] !== null
    )
  const models = [...section, "models"]
  if (!applies || (draft.has(models) && !JsonValue.isObject(draft.get(models)))) return
  const aliases = JsonValue.isObject(before.modelAliases) ? Object.entries(before.modelAliases) : []
  migrateChoice(draft, section, "model")
  migrateChoice(draft, section, "imageModel")
  const refs = [
    draft.get([...section, "model", "primary"]),
    draft.get([...section, "imageModel", "primary"]),
    ...texts(before.allowedModels),
    ...texts(before.modelFallbacks),
    ...texts(before.imageModelFallbacks),
    ...aliases.map(([, ref]) => ref)
  ]
  for (const ref of refs) {
    const name = typeof ref === "string" ? ref.trim() : ""
    if (name !== "" && !draft.has([...models, name])) draft.set([...models, name], {})
  }
  if (JsonValue.isList(before.allowedModels)) {
    draft.unset([...section, "allowedModels"])
    draft.say(`Migrated ${render(section)}.allowedModels → ${render(section)}.models.`)
  }
  if (!JsonValue.isObject(before.modelAliases)) return
  for (const [alias, ref] of aliases) {
    const path =
      typeof ref === "string" && ref.trim() !== "" ? [...models, ref.trim(), "alias"] : undefined
    if (path !== undefined && !draft.has(path))
      draft.set(path, alias, [...section, "modelAliases", alias])
  }
  draft.unset([...section, "modelAliases"])
  draft.say(`Migrated ${render(section)}.modelAliases → ${render(section)}.models.*.alias.`)
}

/** Both sections, whichever holds such keys. */
export const modelKeys: Step = {
  name: "modelKeys",
  run: (draft) => {
    migrateSection(draft, ["agent"])
    migrateSection(draft, ["agents", "defaults"])
  }
}
