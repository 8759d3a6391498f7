/** A loaded config as a person may see it: masked values, each with where it came from. Pure. */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as Redacted from "effect/Redacted"
import { ifDefined } from "../Document/defined.ts"
import type { ConfigSnapshot, ConfigSource } from "./ConfigStore.ts"
import * as Defaults from "./defaults.ts"
import * as Masking from "./masking.ts"
import { looksSecret } from "./secretKeys.ts"

/** One value without parts, with its place. */
export interface Leaf {
  readonly path: KeyPath
  /** Masked where it is or may be a secret. */
  readonly value: unknown
  readonly source: ConfigSource
}

/** What there is at a path. */
export interface View {
  /** Masked; a default where nothing is set. */
  readonly value: unknown
  /** Whether the config itself says it, rather than a default. */
  readonly isSet: boolean
}

const secretVariable = /pass|pwd|token|key|secret|auth|cred/i

/**
 * Whether a value that a variable gave stays hidden: all but the whole value of a variable with a
 * harmless name.
 */
const hidesVariable = (snapshot: ConfigSnapshot) => {
  const effective = Redacted.value(snapshot.value)
  return (path: KeyPath): boolean => {
    const source = snapshot.source(path)
    if (source._tag !== "Variable") return false
    const variable = snapshot.environment.variables.get(source.name)
    const whole = ifDefined(variable, (variable) => Redacted.value(variable.value))
    return (
      whole !== JsonValue.get(effective, path) ||
      secretVariable.test(source.name) ||
      looksSecret(whole ?? "")
    )
  }
}

/** The value at a path, `undefined` where there is neither one nor a default. */
export const view = (snapshot: ConfigSnapshot, path: KeyPath): View | undefined => {
  const effective = Redacted.value(snapshot.value)
  if (path.length === 0 || JsonValue.has(effective, path)) {
    return {
      value: Masking.maskValue(JsonValue.get(effective, path), path, hidesVariable(snapshot)),
      isSet: true
    }
  }
  const value = Defaults.at(path)
  if (value === undefined) return undefined
  return { value, isSet: false }
}

const parts = (value: unknown, path: KeyPath): ReadonlyArray<readonly [KeyPath, unknown]> => {
  const steps = JsonValue.steps(value)
  if (steps.length === 0) return [[path, value]]
  return steps.flatMap(([step, item]) => parts(item, [...path, step]))
}

/**
 * Every single value at or below a path, set ones in the config's order, then the defaults that
 * nothing replaces.
 */
export const leaves = (snapshot: ConfigSnapshot, path: KeyPath): ReadonlyArray<Leaf> => {
  const effective = Redacted.value(snapshot.value)
  const hides = hidesVariable(snapshot)
  const set = JsonValue.has(effective, path)
    ? parts(JsonValue.get(effective, path), path).map(
        ([at, value]): Leaf => ({
          path: at,
          value: Masking.maskValue(value, at, hides),
          source: snapshot.source(at)
        })
      )
    : []
  const missing = parts(Defaults.at(path), path).flatMap(([at, value]): ReadonlyArray<Leaf> => {
    if (value === undefined || JsonValue.has(effective, at)) return []
    return [{ path: at, value, source: { _tag: "Default" } }]
  })
  return [...set, ...missing]
}
