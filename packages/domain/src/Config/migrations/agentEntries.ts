/** Finding and making entries of `agents.list`, for the steps that move something into one. */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as AgentId from "../../Agent/AgentId.ts"
import type { Draft } from "./Draft.ts"

const listPath: KeyPath = ["agents", "list"]

/** The entries, or `undefined` when something else stands where they belong. */
export const entries = (draft: Draft): ReadonlyArray<unknown> | undefined => {
  const agents = draft.get(["agents"])
  const list = draft.get(listPath)
  if (agents !== undefined && !JsonValue.isObject(agents)) return undefined
  if (list === undefined) return []
  if (JsonValue.isList(list)) return list
  return undefined
}

const matches = (entry: unknown, id: string): boolean => {
  const own = JsonValue.child(entry, "id")
  return typeof own === "string" && AgentId.normalize(own) === AgentId.normalize(id)
}

/**
 * The path of an agent's entry, which is made when there is none; `undefined` when the list is no
 * list.
 */
export const ensure = (draft: Draft, id: string): KeyPath | undefined => {
  const list = entries(draft)
  if (list === undefined) return undefined
  const at = list.findIndex((entry) => matches(entry, id))
  if (at >= 0) return [...listPath, at]
  const path = [...listPath, list.length]
  if (draft.set(path, { id })) return path
  return undefined
}

/** The position of the entry that says it is the default one. */
export const flagged = (list: ReadonlyArray<unknown>): number =>
  list.findIndex((entry) => JsonValue.child(entry, "default") === true)
