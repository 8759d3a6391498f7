/**
 * Agents that were named under `routing`.
 *
 * before { routing: { agents: { work: { workspace: "~/w", mentionPatterns: ["@w"], sandbox: {
 * tools: { allow: ["read"] } } } } } } after { agents: { list: [{ id: "work", workspace: "~/w",
 * groupChat: { mentionPatterns: ["@w"] },
 *                              tools: { sandbox: { tools: { allow: ["read"] } } } }] } }
 *
 * What an entry has already stays.
 */
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import * as AgentEntries from "./agentEntries.ts"
import { type Draft, dropEmpty, isMergeable, mergeMissing, type Step } from "./Draft.ts"

const migrateAgent = (draft: Draft, id: string): boolean => {
  const from = ["routing", "agents", id]
  const value = draft.get(from)
  const to = JsonValue.isObject(value) ? AgentEntries.ensure(draft, id) : undefined
  if (to === undefined || !isMergeable(value, draft.get(to))) return false
  for (const [old, now] of [
    [["mentionPatterns"], ["groupChat", "mentionPatterns"]],
    [
      ["sandbox", "tools"],
      ["tools", "sandbox", "tools"]
    ]
  ] as const) {
    if (draft.has([...from, ...old])) mergeMissing(draft, [...from, ...old], [...to, ...now])
  }
  dropEmpty(draft, [...from, "sandbox"])
  if (draft.has(from)) mergeMissing(draft, from, to)
  return true
}

/** `routing.agents` to `agents.list`. */
export const routingAgents: Step = {
  name: "routingAgents",
  run: (draft) => {
    const agents = draft.get(["routing", "agents"])
    if (!JsonValue.isObject(agents)) return
    const moved = Object.keys(agents).filter((id) => migrateAgent(draft, id))
    if (moved.length > 0) draft.say("Moved routing.agents → agents.list.")
    dropEmpty(draft, ["routing", "agents"])
    dropEmpty(draft, ["routing"])
  }
}
