/**
 * Edits of the effective config, carried over to the person's own text (decision D17). A value that
 * an included file or a variable gave is never written in its place: such an edit is refused with
 * the name of the file or the variable. Parts that do not change are not touched.
 */

import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { defined } from "../Document/defined.ts"
import type { Variable } from "../Environment/Environment.ts"
import { textIf } from "../Text/textIf.ts"
import * as ConfigEnvironment from "./ConfigEnvironment.ts"
import { ConfigEditRefused, type ConfigInvalid } from "./ConfigError.ts"
import { type Loaded, type LoadInput, load } from "./ConfigLoad.ts"
import type { ConfigEdit, ConfigSnapshot } from "./ConfigStore.ts"
import * as EnvSubstitution from "./EnvSubstitution.ts"
import * as Include from "./Include.ts"
import * as MigrationText from "./MigrationText.ts"
import * as Provenance from "./Provenance.ts"
import { isSecretName, looksSecret, shownPath } from "./secretKeys.ts"

const renderExact = (path: KeyPath): string => KeyPaths.renderExact(shownPath(path))

/** Why an edit cannot be carried over. */
interface Refusal {
  readonly path: KeyPath
  readonly problem: string
  readonly cure?: string
}

/** The state between two edits. */
interface State {
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
const needed = (state: State, path: KeyPath, value: unknown): ReadonlyArray<ConfigEdit> => {
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
const secretsOf = (value: unknown, lookup: EnvSubstitution.Lookup): ReadonlyMap<string, string> =>
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
const translate = (state: State, edit: ConfigEdit): Either.Either<ConfigEdit, Refusal> => {
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

const applyOne = (document: Json5Document.Json5Document, edit: ConfigEdit) => {
  if (edit._tag === "Set") return Json5Document.set(document, edit.path, edit.value)
  return Json5Document.unset(document, edit.path)
}

/** What the effective value should be after an edit, by the plain meaning of the words. */
const expected = (
  effective: unknown,
  edit: ConfigEdit,
  lookup: EnvSubstitution.Lookup
): unknown => {
  if (edit._tag === "Unset") return JsonValue.unset(effective, edit.path)
  return JsonValue.set(effective, edit.path, EnvSubstitution.substitute(edit.value, lookup).value)
}

/**
 * The main document after all edits, with its pending migrations written down. `base` is the
 * environment that variables are taken from. Fails with `ConfigEditRefused` where an edit would
 * flatten an include or a variable, or would not have the effect that was asked for.
 */
export const plan = (
  loaded: Loaded,
  edits: ReadonlyArray<ConfigEdit>,
  base: ReadonlyMap<string, Variable>
): Effect.Effect<Json5Document.Json5Document, ConfigEditRefused> =>
  Effect.gen(function* () {
    const file = loaded.origins.file
    const refused = (path: KeyPath, problem: string, cure?: string) =>
      new ConfigEditRefused({
        path: file,
        key: renderExact(path),
        problem,
        ...defined({ cure })
      })
    const lookup = ConfigEnvironment.substitutions(base)
    const migrated = MigrationText.persist(loaded.document, loaded.migrated)
    if (Either.isLeft(migrated)) return yield* refused(migrated.left.path, migrated.left.problem)
    let state: State = {
      document: migrated.right,
      origins: loaded.origins,
      included: loaded.included,
      effective: loaded.effective,
      secrets: secretsOf(loaded.included, lookup)
    }
    for (const edit of edits) {
      if (
        edit.path.includes(Include.directive) ||
        (edit._tag === "Set" && Include.has(edit.value))
      ) {
        return yield* refused(edit.path, "an $include can only be written by hand", `edit ${file}`)
      }
      const small: ReadonlyArray<ConfigEdit> =
        edit._tag === "Set" ? needed(state, edit.path, edit.value) : [edit]
      for (const one of small) {
        if (one._tag === "Unset" && !JsonValue.has(state.effective, one.path)) continue
        const raw = translate(state, one)
        if (Either.isLeft(raw))
          return yield* refused(raw.left.path, raw.left.problem, raw.left.cure)
        const done = applyOne(state.document, raw.right)
        if (Either.isLeft(done)) return yield* refused(one.path, done.left.problem)
        state = yield* refresh(state, done.right, lookup).pipe(
          Effect.mapError((fault) => refused(one.path, fault.problem, fault.cure)),
          Effect.filterOrFail(
            (next) => JsonValue.equals(next.effective, expected(state.effective, one, lookup)),
            () =>
              refused(
                one.path,
                "an $include would change the result of this edit",
                "edit the file by hand"
              )
          )
        )
      }
    }
    return state.document
  })

/** The state for a changed main document; only files that are read already are included. */
const refresh = (
  state: State,
  document: Json5Document.Json5Document,
  lookup: EnvSubstitution.Lookup
): Effect.Effect<State, Include.IncludeFault> => {
  const { file, home, files } = state.origins
  const read: Include.ReadFile = (path) => {
    const known = files.get(path)
    if (known === undefined) return Effect.fail({ code: "not read yet" })
    return Effect.succeed(known.text)
  }
  return Effect.map(Include.resolve({ file, value: document.value, home }, read), (included) => ({
    ...state,
    document,
    origins: { ...state.origins, value: document.value },
    included: included.value,
    effective: EnvSubstitution.substitute(included.value, lookup).value
  }))
}

/** An edit that is ready to be written. */
export interface Prepared {
  readonly before: string
  readonly after: string
  readonly changed: boolean
}

/**
 * A config as `prepare` starts from it. A file with nothing in it is as good as none: there is
 * nothing that an edit could lose.
 */
export const loadForEdit = (input: LoadInput): Effect.Effect<Loaded, ConfigInvalid> =>
  load(input.text !== undefined && input.text.trim() === "" ? { ...input, text: undefined } : input)

/**
 * The whole way of an edit but for the writing: load, ask for the edits, carry them over, and load
 * the result, which must be valid. An edit that asks for nothing still writes down pending
 * migrations.
 */
export const prepare = <E>(
  input: LoadInput,
  change: (snapshot: ConfigSnapshot) => Either.Either<ReadonlyArray<ConfigEdit>, E>
): Effect.Effect<Prepared, E | ConfigInvalid | ConfigEditRefused> =>
  Effect.gen(function* () {
    const before = input.text ?? ""
    const loaded = yield* loadForEdit(input)
    const edits = yield* change(loaded.snapshot)
    const base = yield* input.environment.base
    const document = yield* plan(loaded, edits, base)
    if (document.text === loaded.document.text) return { before, after: before, changed: false }
    yield* load({ ...input, text: document.text }).pipe(
      Effect.mapError(({ issues: [first] }) => {
        const where = textIf(first.path !== "<root>", `${first.path}: `)
        return new ConfigEditRefused({
          path: input.paths.configPath,
          key: edits[0] === undefined ? "<root>" : renderExact(edits[0].path),
          problem: `the config would not be valid: ${where}${first.problem}`,
          ...defined({ cure: first.cure })
        })
      })
    )
    return { before, after: document.text, changed: true }
  })
