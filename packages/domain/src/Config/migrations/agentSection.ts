/**
 * The section `agent` of the time when there was one agent.
 *
 * before { agent: { workspace: "~/w", tools: { allow: ["read"] }, elevated: { enabled: true },
 * bash: { timeoutSec: 5 },
 * sandbox: { mode: "off", tools: { allow: ["read"] } }, subagents: { maxConcurrent: 2, tools: {
 * deny: ["exec"] } } } } after { agents: { defaults: { workspace: "~/w", sandbox: { mode: "off" },
 * subagents: { maxConcurrent: 2 } } },
 * tools: { allow: ["read"], elevated: { enabled: true }, exec: { timeoutSec: 5 }, sandbox: { tools:
 * { allow: ["read"] } },
 *                    subagents: { tools: { deny: ["exec"] } } } }
 *
 * What the new places hold already stays. Two `$include` directives cannot become one: then the
 * section is left for the person.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import { type Draft, dropEmpty, isMergeable, mergeMissing, moveOrDrop, type Step } from "./Draft.ts"

const toTools = (draft: Draft): void => {
  moveOrDrop(draft, ["agent", "tools", "allow"], ["tools", "allow"])
  moveOrDrop(draft, ["agent", "tools", "deny"], ["tools", "deny"])
  dropEmpty(draft, ["agent", "tools"])
  moveOrDrop(draft, ["agent", "elevated"], ["tools", "elevated"])
  moveOrDrop(draft, ["agent", "bash"], ["tools", "exec"])
  for (const section of ["sandbox", "subagents"]) {
    const from: KeyPath = ["agent", section, "tools"]
    const to: KeyPath = ["tools", section, "tools"]
    if (!draft.has(from)) continue
    draft.say(`Moved ${render(from)} → ${render(to)}.`)
    mergeMissing(draft, from, to)
    dropEmpty(draft, ["agent", section])
  }
}

/** `agent` to `agents.defaults` and `tools`. */
export const agentSection: Step = {
  name: "agentSection",
  run: (draft) => {
    const agent = draft.get(["agent"])
    const homes = [draft.get(["agents"]), draft.get(["agents", "defaults"]), draft.get(["tools"])]
    if (
      !JsonValue.isObject(agent) ||
      !homes.every((home) => home === undefined || JsonValue.isObject(home))
    )
      return
    if (!isMergeable(agent, draft.get(["agents", "defaults"]))) return
    toTools(draft)
    if (draft.has(["agent"])) {
      if (Object.keys(agent).length === 0) draft.unset(["agent"])
      else mergeMissing(draft, ["agent"], ["agents", "defaults"])
    }
    draft.say("Moved agent → agents.defaults.")
  }
}
