/**
 * Port: the variables of the environment, each with where it came from. Precedence: process, `.env`
 * of the state folder, the config's `env` block, the login shell, and last the `.env` of the
 * working folder, which may be a stranger's (decision D46).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { listIf } from "../Document/listIf.ts"

/** Where a variable's value came from. */
export type VariableSource =
  | { readonly _tag: "Process" }
  | { readonly _tag: "DotEnv"; readonly file: string; readonly folder: "state" | "working" }
  | { readonly _tag: "Config" }
  | { readonly _tag: "LoginShell" }
  | SdkProfile

/**
 * A profile of the provider's SDK, by `sdk:` and its name. The SDK keeps its token, and refreshes
 * it; here it is read alone.
 */
export interface SdkProfile {
  readonly _tag: "SdkProfile"
  /** The file with the token. */
  readonly file: string
  /** When the token ends, in epoch ms. */
  readonly expiresAt: number | undefined
  /** The one address the token is for; undefined: the provider's own. */
  readonly baseUrl: string | undefined
  /** Why there is no token that could be sent. */
  readonly problem: string | undefined
}

/** A variable that is set. */
export interface Variable {
  readonly value: Redacted.Redacted
  readonly source: VariableSource
}

/**
 * Whether a variable was set by the person. A `.env` of the working folder comes with whatever was
 * cloned or unpacked there: its values are used where nothing else is configured, and decide
 * nothing else (decision D46).
 */
export const isTrusted = ({ source }: Variable): boolean =>
  source._tag !== "DotEnv" || source.folder === "state"

/** The values that the person set, by name, for what takes an environment as a whole. */
export const trustedValues = (
  variables: ReadonlyMap<string, Variable>
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...variables].flatMap(([name, variable]) =>
      listIf(isTrusted(variable), [name, Redacted.value(variable.value)])
    )
  )

/** The environment in force, after all sources. */
export interface EffectiveEnvironment {
  readonly variables: ReadonlyMap<string, Variable>
  /** Whether the login shell may be asked, and which variables were taken from it. */
  readonly shell: { readonly enabled: boolean; readonly applied: ReadonlyArray<string> }
}

/** An environment with nothing in it. */
export const empty: EffectiveEnvironment = {
  variables: new Map(),
  shell: { enabled: false, applied: [] }
}

/** A variable's value, trimmed; blank counts as not set. */
export const lookup = (
  environment: EffectiveEnvironment,
  name: string
): Option.Option<Variable> => {
  const found = environment.variables.get(name)
  if (found === undefined) return Option.none()
  const value = Redacted.value(found.value).trim()
  if (value === "") return Option.none()
  return Option.some({ ...found, value: Redacted.make(value) })
}

/** A `.env` file with the names of the variables that came from it. */
export interface DotEnvFile {
  readonly file: string
  readonly folder: "state" | "working"
  readonly names: ReadonlyArray<string>
}

/** The `.env` files that variables in force came from, so that they can be shown. */
export const dotEnvFiles = (environment: EffectiveEnvironment): ReadonlyArray<DotEnvFile> => {
  const found = new Map<string, DotEnvFile>()
  for (const [name, { source, value }] of environment.variables) {
    if (source._tag !== "DotEnv" || Redacted.value(value).trim() === "") continue
    const { file, folder } = source
    found.set(file, { file, folder, names: [...(found.get(file)?.names ?? []), name] })
  }
  return [...found.values()]
}

/** `1 true yes on` and `0 false no off`, in any case; anything else is not set. */
export const flag = (environment: EffectiveEnvironment, name: string): Option.Option<boolean> =>
  Option.flatMap(lookup(environment, name), ({ value }) => {
    const word = Redacted.value(value).toLowerCase()
    if (["1", "true", "yes", "on"].includes(word)) return Option.some(true)
    if (["0", "false", "no", "off"].includes(word)) return Option.some(false)
    return Option.none()
  })

/**
 * - `base`: process variables and `.env` files; read once per process.
 * - `loginShell`: what `$SHELL -l -c "env -0"` says, bounded in time and size, run at most once; a
 *   shell that fails gives
 *   an empty map and a warning.
 */
export class Environment extends Context.Tag("@clawdbot/domain/Environment/Environment")<
  Environment,
  {
    readonly base: Effect.Effect<ReadonlyMap<string, Variable>>
    readonly loginShell: (timeoutMs: number) => Effect.Effect<{
      readonly variables: ReadonlyMap<string, Redacted.Redacted>
      readonly warning: Option.Option<string>
    }>
  }
>() {}
