/**
 * Sections that stood under `routing`.
 *
 * before { routing: { bindings: [], agentToAgent: { enabled: true }, queue: { mode: "steer" } } }
 * after { bindings: [], tools: { agentToAgent: { enabled: true } }, messages: { queue: { mode:
 * "steer" } } }
 *
 * Dropped where the new section is there already.
 */
import { dropEmpty, moveOrDrop, type Step } from "./Draft.ts"

/** `routing.bindings`, `routing.agentToAgent` and `routing.queue` to their own places. */
export const routingSections: Step = {
  name: "routingSections",
  run: (draft) => {
    moveOrDrop(draft, ["routing", "bindings"], ["bindings"])
    moveOrDrop(draft, ["routing", "agentToAgent"], ["tools", "agentToAgent"])
    moveOrDrop(draft, ["routing", "queue"], ["messages", "queue"])
    dropEmpty(draft, ["routing"])
  }
}
