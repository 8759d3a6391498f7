/**
 * The default agent that was named under `routing`.
 *
 * before  { routing: { defaultAgentId: "work" } }
 * after   { agents: { list: [{ id: "work", default: true }] } }
 *
 * Dropped where an entry says `default: true` already.
 */
import * as AgentEntries from "./agentEntries.ts"
import { dropEmpty, type Step } from "./Draft.ts"

/** `routing.defaultAgentId` to the entry's own flag. */
export const routingDefault: Step = {
  name: "routingDefault",
  run: (draft) => {
    const from = ["routing", "defaultAgentId"]
    const id = draft.get(from)
    const list = AgentEntries.entries(draft)
    if (typeof id !== "string" || list === undefined) return
    if (AgentEntries.flagged(list) >= 0 || id.trim() === "") {
      draft.unset(from)
      draft.say(
        "Removed routing.defaultAgentId " +
          `(${id.trim() === "" ? "empty" : "agents.list default already set"}).`
      )
    } else {
      const entry = AgentEntries.ensure(draft, id.trim())
      if (entry === undefined || !draft.set([...entry, "default"], true, from)) return
      draft.unset(from)
      draft.say(`Moved routing.defaultAgentId → agents.list (id "${id.trim()}").default.`)
    }
    dropEmpty(draft, ["routing"])
  }
}
