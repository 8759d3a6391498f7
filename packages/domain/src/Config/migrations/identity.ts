/**
 * The identity of the time when there was one agent.
 *
 * before  { identity: { name: "Bob" }, agents: { list: [{ id: "work", default: true }] } }
 * after   { agents: { list: [{ id: "work", default: true, identity: { name: "Bob" } }] } }
 *
 * It goes to the default agent, else the first one, else a new entry `main`; dropped where that one
 * has an identity.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import * as AgentId from "../../Agent/AgentId.ts"
import * as AgentEntries from "./agentEntries.ts"
import type { Step } from "./Draft.ts"

/** `identity` to the default agent's entry. */
export const identity: Step = {
  name: "identity",
  run: (draft) => {
    const list = AgentEntries.entries(draft)
    if (!JsonValue.isObject(draft.get(["identity"])) || list === undefined) return
    const at = Math.max(AgentEntries.flagged(list), 0)
    const entry =
      list.length === 0 ? AgentEntries.ensure(draft, AgentId.main) : ["agents", "list", at]
    if (entry === undefined || !JsonValue.isObject(draft.get(entry))) return
    if (draft.has([...entry, "identity"])) {
      draft.unset(["identity"])
      draft.say("Removed identity (agents.list identity already set).")
    } else if (draft.move(["identity"], [...entry, "identity"])) {
      draft.say(
        `Moved identity → agents.list (id "${String(draft.get([...entry, "id"]))}").identity.`
      )
    }
  }
}
