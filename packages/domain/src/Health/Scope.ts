/**
 * What a limit applies to (decision D33): the provider's own bucket. Written as one text:
 *
 * - `credential`: everything that the credential is used for
 * - `group:opus-4`: messages to a group of models · `input-tokens:opus-4`: one limit of the group
 * - `fast:opus-5`: messages to a group in fast mode, which has limits of its own
 * - `path:count_tokens`: requests for another resource than messages
 * - `5h`, `7d`: a plan's windows for all models · `7d:opus`: for a family of models · `overage`:
 *   what
 *   is paid beside the plan; it is only shown
 *
 * Files of the first edition have scopes by family instead of by group (`model:opus`,
 * `input-tokens:opus`), or for no model (`input-tokens`): they are read for good (decision D48).
 */
import * as Schema from "effect/Schema"
import type { RequestTarget } from "./RequestTarget.ts"

/** The limits of an API key that are counted for each group of models. */
export const GroupLimit = Schema.Literal("requests", "tokens", "input-tokens", "output-tokens")
export type GroupLimit = typeof GroupLimit.Type

const name = Schema.String

/** The scopes this version knows. */
export const KnownScope = Schema.Union(
  Schema.Literal("credential", "5h", "7d", "overage"),
  Schema.TemplateLiteral("group:", name),
  Schema.TemplateLiteral("fast:", name),
  Schema.TemplateLiteral("path:", name),
  Schema.TemplateLiteral(GroupLimit, ":", name),
  Schema.TemplateLiteral("7d:", name),
  // Of the first edition.
  Schema.TemplateLiteral("model:", name),
  Schema.TemplateLiteral("5h:", name),
  GroupLimit
)
export type KnownScope = typeof KnownScope.Type

/** A scope as it is stored. Files of newer versions may name others; they are kept as they are. */
export const Scope = Schema.String
export type Scope = typeof Scope.Type

/** Everything a credential is used for. */
export const credential: KnownScope = "credential"

/** A scope in its two parts; `subject` is what stands after the colon. */
export interface ScopeParts {
  readonly kind: string
  readonly subject: string | undefined
}

/** The parts of a scope: `input-tokens:opus-4` → `input-tokens` and `opus-4`. */
export const partsOf = (scope: Scope): ScopeParts => {
  const at = scope.indexOf(":")
  if (at < 0) return { kind: scope, subject: undefined }
  return { kind: scope.slice(0, at), subject: scope.slice(at + 1) }
}

/** True when `subject` is what stands in `scope` after `prefix`. Makes no text. */
const names = (scope: Scope, prefix: string, subject: string | undefined): boolean =>
  subject !== undefined &&
  scope.length === prefix.length + subject.length &&
  scope.startsWith(prefix) &&
  scope.endsWith(subject)

const limitPrefixes = GroupLimit.literals.map((limit) => `${limit}:`)

/** Of the first edition, where a request named no model. */
const limitsOfNoModel: ReadonlySet<string> = new Set(GroupLimit.literals)

/** What stands before the colon of a scope, or the whole of one that has none. */
export type ScopeKind = KnownScope extends infer S
  ? S extends `${infer Kind}:${string}`
    ? Kind
    : S
  : never

/** How scopes of a kind are named for people: with a subject, which `*` stands for, or without. */
interface ScopeWords {
  readonly alone: string
  readonly with: string
}

/** For every kind; adding one to {@link KnownScope} asks for its words here. */
export const scopeWords: Readonly<Record<ScopeKind, ScopeWords>> = {
  credential: { alone: "all models", with: "all models *" },
  group: { alone: "group", with: "* models" },
  fast: { alone: "fast", with: "* models in fast mode" },
  path: { alone: "path", with: "* requests" },
  "5h": { alone: "5-hour", with: "5-hour *" },
  "7d": { alone: "7-day", with: "7-day *" },
  overage: { alone: "extra usage", with: "extra usage *" },
  requests: { alone: "requests", with: "requests *" },
  tokens: { alone: "tokens", with: "tokens *" },
  "input-tokens": { alone: "input tokens", with: "input tokens *" },
  "output-tokens": { alone: "output tokens", with: "output tokens *" },
  // Of the first edition.
  model: { alone: "model", with: "* models" }
}

const wordsByKind: ReadonlyMap<string, ScopeWords> = new Map(Object.entries(scopeWords))
const knownKinds: ReadonlyArray<string> = Object.keys(scopeWords).filter(
  (kind) => kind !== credential
)

/**
 * What a limit is about: `5-hour`, `7-day opus`, `opus-4 models`, `all models`. A scope of a newer
 * version is shown by its name.
 */
export const wordsOf = (scope: Scope): string => {
  const { kind, subject } = partsOf(scope)
  const words = wordsByKind.get(kind)
  if (subject === undefined) return words?.alone ?? kind
  if (words === undefined) return `${kind} ${subject}`
  return words.with.split("*").join(subject)
}

/** True for a scope this version knows. Files of newer versions may name others. */
export const isKnown = (scope: Scope): boolean =>
  scope === credential ||
  knownKinds.some(
    (kind) => scope.startsWith(kind) && (scope.length === kind.length || scope[kind.length] === ":")
  )

/**
 * Whether a limit of this scope stands in the way of a request. A scope that this version does not
 * know stands in the way of every one: nobody can say what it leaves out, and since it counts as a
 * guess, it never turns the last request away (decisions D32 and D43). Called for each candidate of
 * a request: allocates nothing.
 */
export const covers = (scope: Scope, target: RequestTarget): boolean =>
  scope === "credential" || coversKnown(scope, target) || !isKnown(scope)

const coversKnown = (scope: Scope, { family, fast, group, path }: RequestTarget): boolean => {
  if (path !== undefined) return names(scope, "path:", path)
  if (scope === "5h" || scope === "7d") return true
  if (names(scope, "7d:", family)) return true
  if (fast ? names(scope, "fast:", group) : names(scope, "group:", group)) return true
  for (const prefix of limitPrefixes) {
    if (!fast && names(scope, prefix, group)) return true
    // Of the first edition, which knew families only.
    if (names(scope, prefix, family)) return true
  }
  return limitsOfNoModel.has(scope) || names(scope, "model:", family) || names(scope, "5h:", family)
}
