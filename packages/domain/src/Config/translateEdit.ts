/**
 * One edit of the effective config in terms of the main document, or why it cannot be made there
 * (decision D17). Pure.
 */
import type * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import { defined } from "../Document/defined.ts"
import type { ConfigEdit } from "./ConfigStore.ts"
import * as EnvSubstitution from "./EnvSubstitution.ts"
import * as Include from "./Include.ts"
import * as Provenance from "./Provenance.ts"
import { isSecretName, looksSecret, shownPath } from "./secretKeys.ts"

/** A path as a person may see it: parts that may be secrets are hidden. */
export const renderExact = (path: KeyPath): string => KeyPaths.renderExact(shownPath(path))

/** Why an edit cannot be carried over. */
interface Refusal {
  readonly path: KeyPath
  readonly problem: string
  readonly cure?: string
}

/** The state between two edits. */
export interface State {
  /** The main document, migrations written down. */
  readonly document: Json5Document.Json5Document
  readonly origins: Provenance.Origins
  /** The effective value before and after variables. */
  readonly included: unknown
  readonly effective: unknown
  /**
   * Values of variables that may be secrets, by the variable's name. They are never written out.
   */
  readonly secrets: ReadonlyMap<string, string>
}

const refuse = (path: KeyPath, problem: string, cure?: string): Either.Either<never, Refusal> =>
  Either.left({ path, problem, ...defined({ cure }) })

/**
 * The edits that are really needed to bring a value about: parts that are so already, as written or
 * in effect, are left alone.
 */
export const needed = (state: State, path: KeyPath, value: unknown): ReadonlyArray<ConfigEdit> => {
  const effective = JsonValue.get(state.effective, path)
  if (!JsonValue.has(state.effective, path)) return [{ _tag: "Set", path, value }]
  if (
    JsonValue.equals(effective, value) ||
    JsonValue.equals(JsonValue.get(state.included, path), value)
  )
    return []
  if (JsonValue.isObject(effective) && JsonValue.isObject(value)) {
    const sets = Object.keys(value).flatMap((key) => needed(state, [...path, key], value[key]))
    const gone = Object.keys(effective).filter((key) => !Object.hasOwn(value, key))
    return [...sets, ...gone.map((key): ConfigEdit => ({ _tag: "Unset", path: [...path, key] }))]
  }
  if (JsonValue.isList(effective) && JsonValue.isList(value)) {
    const sets = value.flatMap((item, index) => needed(state, [...path, index], item))
    const gone = effective
      .slice(value.length)
      .map((_, index): ConfigEdit => ({ _tag: "Unset", path: [...path, value.length + index] }))
    return [...sets, ...gone.reverse()]
  }
  return [{ _tag: "Set", path, value }]
}

const texts = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (JsonValue.isList(value)) return value.flatMap(texts)
  if (JsonValue.isObject(value)) return Object.values(value).flatMap(texts)
  return []
}

const names = (value: unknown): ReadonlyArray<string> => texts(value).flatMap(EnvSubstitution.names)

/** The variables of a document whose values may be secrets. */
export const secretsOf = (
  value: unknown,
  lookup: EnvSubstitution.Lookup
): ReadonlyMap<string, string> =>
  new Map(
    names(value).flatMap((name): ReadonlyArray<readonly [string, string]> => {
      const found = lookup(name)
      if (found !== undefined && found.length > 5 && (isSecretName(name) || looksSecret(found)))
        return [[name, found]]
      return []
    })
  )

/** Where a new value goes in the main document: below the deepest parent that is written there. */
const placeForNew = (state: State, path: KeyPath): KeyPath => {
  for (let length = path.length - 1; length >= 0; length--) {
    const main = Provenance.trace(state.origins, path.slice(0, length)).find(
      (part) => part.file === state.origins.file
    )
    if (main === undefined) continue
    const raw = [...main.path]
    let at: unknown = main.value
    for (const [index, step] of path.slice(length).entries()) {
      const list = JsonValue.get(state.effective, path.slice(0, length + index))
      // Positions count over all files; in the main document a list begins anew.
      const end = JsonValue.isList(at) ? at.length : 0
      const own = JsonValue.isList(list) ? end : step
      at = JsonValue.child(at, own)
      raw.push(own)
    }
    return raw
  }
  return path
}

const elsewhere = (path: KeyPath, part: Provenance.Written): Either.Either<never, Refusal> =>
  refuse(
    path,
    `it is set in the included file ${part.file}`,
    `change ${renderExact(part.path)} in ${part.file}`
  )

/** The same edit in terms of the main document, or why it cannot be made there. */
export const translate = (state: State, edit: ConfigEdit): Either.Either<ConfigEdit, Refusal> => {
  const { path } = edit
  const parts = Provenance.trace(state.origins, path)
  const deciding = parts.at(-1)
  if (edit._tag === "Unset") {
    const other = parts.find((part) => part.file !== state.origins.file)
    if (other !== undefined) return elsewhere(path, other)
    return Either.right({ _tag: "Unset", path: deciding?.path ?? path })
  }
  const given = texts(edit.value)
  for (const [name, secret] of state.secrets) {
    if (given.some((text) => text.includes(secret))) {
      return refuse(
        path,
        `the new value contains the value of the variable ${name}`,
        `write \${${name}} instead`
      )
    }
  }
  if (deciding === undefined) return Either.right({ ...edit, path: placeForNew(state, path) })
  if (deciding.file !== state.origins.file) return elsewhere(path, deciding)
  if (Include.has(deciding.value))
    return refuse(
      path,
      "it contains an $include",
      "change the included file, or remove the $include first"
    )
  const [name] = names(deciding.value)
  if (name !== undefined && names(edit.value).length === 0) {
    return refuse(
      path,
      `its value comes from the variable ${name}`,
      `change ${name} where it is set, or remove this key first`
    )
  }
  return Either.right({ ...edit, path: deciding.path })
}
