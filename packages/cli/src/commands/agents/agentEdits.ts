/** Changes of the configured agents as edits of the config. Pure. */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { ConfigEdit } from "@clawdbot/domain/Config/ConfigStore"
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"
import * as Option from "effect/Option"

/**
 * A name a person gives to a new agent. `None` when it has no character an id may have, where
 * reading one from a file would mean `main`.
 */
export const named = (text: string): Option.Option<AgentId.AgentId> => {
  const id = AgentId.normalize(text)
  if (id === AgentId.main && text.trim().toLowerCase() !== AgentId.main) return Option.none()
  return Option.some(id)
}

/**
 * Lists an agent; one that is listed keeps its entry and only gets the other agent to inherit from.
 * The default agent stays who it was: it is the first of the list, so without a list `main` is
 * written before the new one (docs/formats.md).
 */
export const addAgent = (
  config: Config,
  id: AgentId.AgentId,
  inheritFrom: AgentId.AgentId | undefined
): ReadonlyArray<ConfigEdit> => {
  const list = config.agents?.list ?? []
  const index = list.findIndex((entry) => AgentId.normalize(entry.id) === id)
  if (index >= 0) {
    const before = list[index]?.auth?.inheritFrom
    if (
      inheritFrom === undefined ||
      (before !== undefined && AgentId.normalize(before) === inheritFrom)
    )
      return []
    return [
      {
        _tag: "Set",
        path: ["agents", "list", index, "auth", "inheritFrom"],
        value: inheritFrom
      }
    ]
  }
  const entry = {
    id,
    ...defined({ auth: ifDefined(inheritFrom, (inheritFrom) => ({ inheritFrom })) })
  }
  if (list.length > 0) return [{ _tag: "Set", path: ["agents", "list", list.length], value: entry }]
  const all = id === AgentId.main ? [entry] : [{ id: AgentId.main }, entry]
  return [{ _tag: "Set", path: ["agents", "list"], value: all }]
}
