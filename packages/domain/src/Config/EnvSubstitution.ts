/**
 * `${VAR}` in the texts of a config (docs/formats.md): only names of capitals, digits and
 * `_`; `$${VAR}` gives the literal `${VAR}`; what was put in is not looked at again; keys are never
 * touched. Missing and empty variables are faults, all of them told.
 */

import { isList, isObject } from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"

/** A variable's value, or `undefined` when it is not set. */
export type Lookup = (name: string) => string | undefined

/** A variable that is referred to and has no value. */
export interface MissingVariable {
  readonly name: string
  readonly path: KeyPath
}

const reference = /\$(\$?)\{([A-Z_][A-Z0-9_]*)\}/g

/** The names a text refers to. */
export const names = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(reference)].flatMap(([, escape, name]) =>
    escape === "" && name !== undefined ? [name] : []
  )

/** One text with its variables. */
export const substituteText = (
  text: string,
  lookup: Lookup
): { readonly text: string; readonly missing: ReadonlyArray<string> } => {
  if (!text.includes("${")) return { text, missing: [] }
  const missing: Array<string> = []
  const result = text.replace(reference, (whole, escape: string, name: string) => {
    if (escape !== "") return whole.slice(1)
    const value = lookup(name)
    if (value === undefined || value === "") missing.push(name)
    return value ?? ""
  })
  return { text: result, missing }
}

/** A document with its variables; a part without any is the same object as before. */
export const substitute = (
  value: unknown,
  lookup: Lookup
): { readonly value: unknown; readonly missing: ReadonlyArray<MissingVariable> } => {
  const missing: Array<MissingVariable> = []
  const visit = (current: unknown, path: KeyPath): unknown => {
    if (typeof current === "string") {
      const done = substituteText(current, lookup)
      for (const name of done.missing) missing.push({ name, path })
      return done.text
    }
    if (isList(current)) {
      const items = current.map((item, index) => visit(item, [...path, index]))
      if (items.some((item, index) => item !== current[index])) return items
      return current
    }
    if (isObject(current)) {
      let changed = false
      const entries = Object.entries(current).map(([key, item]): readonly [string, unknown] => {
        const done = visit(item, [...path, key])
        if (done !== item) changed = true
        return [key, done]
      })
      if (changed) return Object.fromEntries(entries)
      return current
    }
    return current
  }
  return { value: visit(value, []), missing }
}
