/**
 * Edits of the effective config, carried over to the person's own text (decision D17). A value that
 * an included file or a variable gave is never written in its place: such an edit is refused with
 * the name of the file or the variable. Parts that do not change are not touched.
 */
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
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
import * as KnownKeys from "./KnownKeys.ts"
import * as MigrationText from "./MigrationText.ts"
import { needed, renderExact, type State, secretsOf, translate } from "./translateEdit.ts"

const applyOne = (document: Json5Document.Json5Document, edit: ConfigEdit) => {
  if (edit._tag === "Set") return Json5Document.set(document, edit.path, edit.value)
  return Json5Document.unset(document, edit.path)
}

/** The section that the removal of its last key left empty; one with a comment in it is kept. */
const emptied = (state: State, path: KeyPath): ReadonlyArray<ConfigEdit> => {
  const above = path.slice(0, -1)
  if (above.length === 0 || !KnownKeys.isSection(above)) return []
  const section: ConfigEdit = { _tag: "Unset", path: above }
  const raw = translate(state, section)
  if (Either.isLeft(raw) || !Json5Document.isEmptyObject(state.document, raw.right.path)) return []
  return [section]
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
      const pending = [...small]
      for (const one of pending) {
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
        if (edit._tag === "Unset") pending.push(...emptied(state, one.path))
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
