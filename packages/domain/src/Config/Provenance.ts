/**
 * Where an effective value was written: the file and the path in it. Worked out when asked, by
 * walking the same rules as `Include` does, so that loading a config costs nothing for it.
 */

import type { Json5Document } from "@clawdbot/json5-edit/Json5Document"
import { child, hasChild, isList, isObject, position } from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import * as Include from "./Include.ts"

/** A value as it stands in one file, before includes and variables. */
export interface Written {
  readonly file: string
  readonly path: KeyPath
  readonly value: unknown
}

/** What is walked: the main document (after migrations) and the files it includes. */
export interface Origins {
  readonly file: string
  readonly value: unknown
  readonly home: string
  readonly files: ReadonlyMap<string, Json5Document>
}

/** A written value as the plain parts it stands for, the later ones over the earlier ones. */
const expand = (origins: Origins, written: Written): ReadonlyArray<Written> => {
  const { value } = written
  if (!isObject(value) || !Object.hasOwn(value, Include.directive)) return [written]
  const named = Include.targets(value[Include.directive])
  const included = Either.isLeft(named)
    ? []
    : named.right.flatMap((text) => {
        const file = Include.target(origins.home, written.file, text)
        const document = origins.files.get(file)
        if (document === undefined) return []
        return expand(origins, { file, path: [], value: document.value })
      })
  if (Object.keys(value).length > 1 || included.length === 0) return [...included, written]
  return included
}

/** The parts that are in force: what a later part replaces as a whole is left out. */
const inForce = (parts: ReadonlyArray<Written>): ReadonlyArray<Written> => {
  let from = 0
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1]?.value
    const joins =
      (isObject(before) && isObject(part.value)) || (isList(before) && isList(part.value))
    if (!joins) from = index
  }
  return parts.slice(from)
}

const stepInto = (parts: ReadonlyArray<Written>, step: string | number): ReadonlyArray<Written> => {
  const into = (part: Written, at: string | number): Written => ({
    file: part.file,
    path: [...part.path, at],
    value: child(part.value, at)
  })
  if (!parts.every((part) => isList(part.value))) {
    return parts.filter((part) => hasChild(part.value, step)).map((part) => into(part, step))
  }
  let at = position(step) ?? -1
  for (const part of parts) {
    const length = isList(part.value) ? part.value.length : 0
    if (at >= 0 && at < length) return [into(part, at)]
    at -= length
  }
  return []
}

/**
 * Every place that contributes to the value at a path, the deciding one last; empty where there is
 * no such value.
 */
export const trace = (origins: Origins, path: KeyPath): ReadonlyArray<Written> => {
  const start: Written = { file: origins.file, path: [], value: origins.value }
  return path.reduce<ReadonlyArray<Written>>(
    (parts, step) => inForce(stepInto(parts, step).flatMap((part) => expand(origins, part))),
    inForce(expand(origins, start))
  )
}

/** The place that decides the value at a path, or its deepest parent that exists. */
export const nearest = (
  origins: Origins,
  path: KeyPath
): { readonly written: Written; readonly exact: boolean } => {
  for (let length = path.length; length > 0; length--) {
    const written = trace(origins, path.slice(0, length)).at(-1)
    if (written !== undefined) return { written, exact: length === path.length }
  }
  return {
    written: { file: origins.file, path: [], value: origins.value },
    exact: path.length === 0
  }
}
