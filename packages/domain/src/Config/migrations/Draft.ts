/**
 * A document on its way through the migrations: plain changes, each remembered as a line for people
 * and as a move from place to place.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import { directive } from "../Include.ts"

/** A value that came to another place; by it, comments and places in the text are found again. */
export interface Move {
  readonly from: KeyPath
  readonly to: KeyPath
}

/**
 * What a step may do. Changes that do not fit the document are not made, and say so by giving
 * `false`.
 */
export interface Draft {
  readonly get: (path: KeyPath) => unknown
  readonly has: (path: KeyPath) => boolean
  readonly set: (path: KeyPath, value: unknown, from?: KeyPath) => boolean
  readonly unset: (path: KeyPath) => void
  readonly move: (from: KeyPath, to: KeyPath) => boolean
  readonly say: (line: string) => void
}

/** One migration. It looks for its pattern itself and does nothing where that is absent. */
export interface Step {
  readonly name: string
  readonly run: (draft: Draft) => void
}

/** What came out. */
export interface Drafted {
  readonly value: unknown
  readonly lines: ReadonlyArray<string>
  readonly moves: ReadonlyArray<Move>
}

/** Runs steps over a value, one after the other. */
export const run = (value: unknown, steps: ReadonlyArray<Step>): Drafted => {
  let current = value
  const lines: Array<string> = []
  const moves: Array<Move> = []
  const set = (path: KeyPath, next: unknown, from?: KeyPath): boolean => {
    const changed = JsonValue.set(current, path, next)
    if (changed === undefined) return false
    current = changed
    if (from !== undefined) moves.push({ from, to: path })
    return true
  }
  const unset = (path: KeyPath): void => {
    current = JsonValue.unset(current, path)
  }
  const draft: Draft = {
    get: (path) => JsonValue.get(current, path),
    has: (path) => JsonValue.has(current, path),
    set,
    unset,
    move: (from, to) => {
      if (!set(to, JsonValue.get(current, from), from)) return false
      unset(from)
      return true
    },
    say: (line) => {
      lines.push(line)
    }
  }
  for (const step of steps) step.run(draft)
  return { value: current, lines, moves }
}

/** Removes an object that has become empty. */
export const dropEmpty = (draft: Draft, path: KeyPath): void => {
  const value = draft.get(path)
  if (JsonValue.isObject(value) && Object.keys(value).length === 0) draft.unset(path)
}

/** Whether one value can be merged into another without losing an include of either. */
export const isMergeable = (from: unknown, to: unknown): boolean => {
  if (!JsonValue.isObject(from) || !JsonValue.isObject(to)) return true
  return Object.keys(from).every((key) => {
    if (key === directive && Object.hasOwn(to, key)) return JsonValue.equals(from[key], to[key])
    return isMergeable(from[key], JsonValue.own(to, key))
  })
}

/**
 * Moves what is missing at the new place, recursively; what is there already stays, and the old
 * value goes with a word about it.
 */
export const mergeMissing = (draft: Draft, from: KeyPath, to: KeyPath): void => {
  const value = draft.get(from)
  const there = draft.get(to)
  if (!draft.has(to)) {
    draft.move(from, to)
  } else if (JsonValue.isObject(value) && JsonValue.isObject(there)) {
    for (const key of Object.keys(value)) mergeMissing(draft, [...from, key], [...to, key])
    dropEmpty(draft, from)
  } else {
    draft.unset(from)
    if (!JsonValue.equals(value, there))
      draft.say(`Removed ${render(from)} (${render(to)} already set).`)
  }
}

/** Moves one value, or removes it where the new place is taken; one line either way. */
export const moveOrDrop = (draft: Draft, from: KeyPath, to: KeyPath): void => {
  if (!draft.has(from)) return
  if (draft.has(to)) {
    draft.unset(from)
    draft.say(`Removed ${render(from)} (${render(to)} already set).`)
  } else if (draft.move(from, to)) draft.say(`Moved ${render(from)} → ${render(to)}.`)
}
