/**
 * Plain JSON values as trees: reading, changing and comparing them. Every function is safe for a
 * key named `__proto__`, which is an ordinary key in a document.
 */
import type { KeyPath } from "./KeyPath.ts"

/** An object of a document. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with keys: no list, not null. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a value is a list. */
export const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

/** An object's own value at a key. */
export const own = (object: JsonObject, key: string): unknown => {
  if (Object.hasOwn(object, key)) return object[key]
  return undefined
}

/** The object with a key set; an existing key keeps its position. */
export const withKey = (object: JsonObject, key: string, value: unknown): JsonObject => {
  const entries = Object.entries(object)
  const at = entries.findIndex(([name]) => name === key)
  if (at < 0) entries.push([key, value])
  else entries[at] = [key, value]
  return Object.fromEntries(entries)
}

/** The object without a key. */
export const withoutKey = (object: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

/** The list position a step means, when it means one. */
export const position = (step: string | number): number | undefined => {
  if (typeof step === "number") return step
  if (/^(0|[1-9]\d*)$/.test(step)) return Number(step)
  return undefined
}

/**
 * One step down: a key of an object or a position of a list; `undefined` where there is nothing.
 */
export const child = (value: unknown, step: string | number): unknown => {
  if (isObject(value)) return own(value, String(step))
  const at = position(step)
  if (isList(value) && at !== undefined) return value[at]
  return undefined
}

/** All steps down, each with what stands there; none where there is neither object nor list. */
export const steps = (value: unknown): ReadonlyArray<readonly [string | number, unknown]> => {
  if (isList(value)) return [...value.entries()]
  if (isObject(value)) return Object.entries(value)
  return []
}

/** Whether something stands at one step down. */
export const hasChild = (value: unknown, step: string | number): boolean => {
  if (isObject(value)) return Object.hasOwn(value, String(step))
  const at = position(step)
  return isList(value) && at !== undefined && at < value.length
}

/** The value at a path; `undefined` where there is nothing. */
export const get = (value: unknown, path: KeyPath): unknown => path.reduce<unknown>(child, value)

/** Whether something stands at a path. */
export const has = (value: unknown, path: KeyPath): boolean => {
  let current = value
  for (const step of path) {
    if (!hasChild(current, step)) return false
    current = child(current, step)
  }
  return true
}

/**
 * A value wrapped in what the steps of a path ask for: objects, and lists of one element for the
 * position 0.
 */
export const wrap = (path: KeyPath, value: unknown): unknown =>
  path.reduceRight<unknown>(
    (inner, step) => (typeof step === "number" ? [inner] : Object.fromEntries([[step, inner]])),
    value
  )

/**
 * The value with another value at a path; missing parents are made. `undefined` when a step meets a
 * scalar, or a position beyond the end of a list.
 */
export const set = (root: unknown, path: KeyPath, value: unknown): unknown => {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (root === undefined) {
    if (path.some((part) => typeof part === "number" && part !== 0)) return undefined
    return wrap(path, value)
  }
  if (isObject(root)) {
    const inner = set(own(root, String(step)), rest, value)
    if (inner === undefined) return undefined
    return withKey(root, String(step), inner)
  }
  const at = position(step)
  if (!isList(root) || at === undefined || at > root.length) return undefined
  const inner = set(root[at], rest, value)
  if (inner === undefined) return undefined
  return [...root.slice(0, at), inner, ...root.slice(at + 1)]
}

/** The value without what stands at a path; the same value when nothing stands there. */
export const unset = (root: unknown, path: KeyPath): unknown => {
  const [step, ...rest] = path
  if (step === undefined || !hasChild(root, step)) return root
  if (rest.length > 0) return set(root, [step], unset(child(root, step), rest))
  if (isObject(root)) return withoutKey(root, String(step))
  if (isList(root)) return root.filter((_, index) => index !== position(step))
  return root
}

/** Whether two values are the same document; the order of keys does not count. */
export const equals = (left: unknown, right: unknown): boolean => {
  if (Object.is(left, right)) return true
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equals(item, right[index]))
  }
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left)
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key]))
    )
  }
  return false
}

/**
 * Whether a value can be written into a document at all: null, text, numbers, booleans, lists and
 * objects of them.
 */
export const isWritable = (value: unknown): boolean => {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  )
    return true
  if (isList(value)) return value.every(isWritable)
  return isObject(value) && Object.values(value).every(isWritable)
}

/** The kind of a value in plain words, with its article. */
export const kind = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  if (isList(value)) return "a list"
  if (typeof value === "object") return "an object"
  if (typeof value === "string") return "a string"
  if (typeof value === "boolean") return "a boolean"
  return `a ${typeof value}`
}
