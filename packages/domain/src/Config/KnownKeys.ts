/**
 * Which keys a config may hold (decision D19): those of the reference program and our own, which
 * are taken from the schema. Any other key in a section whose shape is known is a mistake, told
 * with the nearest known key; what is not described is kept as it is.
 */

import { isList, isObject, steps } from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { editDistance } from "./editDistance.ts"
import { below, childrenOf, isNamed, makeShape, ourShape, root, type Shape } from "./keyShapes.ts"

/**
 * Whether a place is a section of ours, which means nothing while it is empty. The entry of a list
 * or of a record stands for something by its name alone.
 */
export const isSection = (path: KeyPath): boolean => {
  const shape = path.reduce<Shape | undefined>(
    (above, step) => above && childrenOf(above).get(String(step)),
    ourShape()
  )
  return shape !== undefined && [...childrenOf(shape).keys()].some(isNamed)
}

/**
 * The keys that this program itself reads, to be offered where one is typed: sections, lists and
 * records as a whole, for nobody knows the names of their entries.
 */
export const keysRead = (): ReadonlyArray<string> => {
  const keysOf = (shape: Shape, path: string): ReadonlyArray<string> => {
    const named = [...childrenOf(shape)].filter(([step]) => isNamed(step))
    if (named.length === 0) return [path]
    return named.flatMap(([step, inner]) => keysOf(inner, below(path, step)))
  }
  return keysOf(ourShape(), "")
}

/** Something that is wrong with a key or with the kind of its value. */
export type KeyFault =
  | {
      readonly _tag: "Unknown"
      readonly path: KeyPath
      readonly nearest: string | undefined
      readonly retired: string | undefined
    }
  | {
      readonly _tag: "Kind"
      readonly path: KeyPath
      readonly kinds: string
      readonly value: unknown
    }

const kindHolds = (kind: string, value: unknown): boolean => {
  switch (kind) {
    case "string":
    case "boolean":
      return typeof value === kind
    case "number":
      return typeof value === "number" && Number.isFinite(value)
    case "integer":
      return Number.isInteger(value)
    case "object":
      return isObject(value)
    case "array":
      return isList(value)
    default:
      return value === kind
  }
}

/** Keys of older versions that no migration moves, with the key that took their place. */
const retired: Readonly<Record<string, string>> = {
  agent: "agents.defaults",
  identity: "agents.list[].identity",
  routing: "agents.list[], bindings, channels, messages and tools",
  whatsapp: "channels.whatsapp",
  telegram: "channels.telegram",
  discord: "channels.discord",
  slack: "channels.slack",
  signal: "channels.signal",
  imessage: "channels.imessage",
  msteams: "channels.msteams",
  "tools.bash": "tools.exec",
  "gateway.token": "gateway.auth.token"
}

/** Every fault of a value's keys, in the order of the document. */
export const check = (value: unknown): ReadonlyArray<KeyFault> => {
  // Many people have no config: nothing has to be known to say that there is no fault in it.
  if (isObject(value) && Object.keys(value).length === 0) return []
  const faults: Array<KeyFault> = []
  const visit = (current: unknown, shape: Shape, path: KeyPath): void => {
    if (
      shape.kinds !== undefined &&
      !shape.kinds.split("|").some((kind) => kindHolds(kind, current))
    ) {
      faults.push({ _tag: "Kind", path, kinds: shape.kinds, value: current })
      return
    }
    const children = childrenOf(shape)
    if (children.size === 0) return
    if (isList(current)) {
      const inner = children.get("[]")
      if (inner !== undefined)
        for (const [index, item] of current.entries()) visit(item, inner, [...path, index])
    } else if (isObject(current)) {
      for (const key of Object.keys(current)) {
        const inner = children.get(key) ?? children.get("*")
        if (inner !== undefined) visit(current[key], inner, [...path, key])
        else if (!children.has("[]") || children.size > 1) {
          faults.push({
            _tag: "Unknown",
            path: [...path, key],
            nearest: nearest([...path, key]),
            retired: retiredFor([...path, key])
          })
        }
      }
    }
  }
  visit(value, root(), [])
  return faults
}

const retiredFor = (path: KeyPath): string | undefined => {
  const name = path.join(".")
  if (Object.hasOwn(retired, name)) return retired[name]
  return undefined
}

const shapeAt = (path: KeyPath): Shape | undefined =>
  path.reduce<Shape | undefined>((shape, step) => {
    const children = shape && childrenOf(shape)
    return children?.get(String(step)) ?? children?.get("*") ?? children?.get("[]")
  }, root())

let elsewhere: ReadonlyMap<string, ReadonlyArray<string>> | undefined

/** Full known paths by their last step, for a key that stands in the wrong place. */
const byLastStep = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  if (elsewhere !== undefined) return elsewhere
  const found = new Map<string, Array<string>>()
  const visit = (shape: Shape, path: string): void => {
    for (const [step, inner] of childrenOf(shape)) {
      const next = below(path, step)
      if (isNamed(step)) found.set(step, [...(found.get(step) ?? []), next])
      visit(inner, next)
    }
  }
  visit(root(), "")
  elsewhere = found
  return found
}

/**
 * The known key that an unknown one most likely means: one of its neighbours, else the same name in
 * one other place.
 */
export const nearest = (path: KeyPath): string | undefined => {
  const key = String(path.at(-1) ?? "")
  const parent = path.slice(0, -1)
  const near = [...childrenOf(shapeAt(parent) ?? makeShape(true)).keys()]
    .filter(isNamed)
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(
      ({ name, distance }) =>
        distance <= Math.max(1, Math.floor(Math.max(name.length, key.length) / 3))
    )
    .sort((left, right) => left.distance - right.distance)[0]
  if (near !== undefined) return [...parent, near.name].join(".")
  const same = byLastStep().get(key) ?? []
  if (same.length === 1) return same[0]
  return undefined
}

/**
 * The keys of a value that only this program knows; the reference refuses a config that holds one.
 */
export const ownKeys = (value: unknown): ReadonlyArray<KeyPath> => {
  const found: Array<KeyPath> = []
  const visit = (current: unknown, shape: Shape, path: KeyPath): void => {
    if (shape.own && path.length > 0 && typeof path.at(-1) === "string") {
      found.push(path)
      return
    }
    for (const [step, inner] of steps(current)) {
      const children = childrenOf(shape)
      const next = children.get(typeof step === "number" ? "[]" : step) ?? children.get("*")
      if (next !== undefined) visit(inner, next, [...path, step])
    }
  }
  visit(value, root(), [])
  return found
}
