/**
 * Sections that stood under `routing`.
 *
 * before { routing: { bindings: [], agentToAgent: { enabled: true }, queue: { mode: "steer" },
 *                     allowFrom: ["+1555"],
 *                     groupChat: { historyLimit: 50, mentionPatterns: ["@c"] } } }
 * after  { bindings: [], tools: { agentToAgent: { enabled: true } },
 *          channels: { whatsapp: { allowFrom: ["+1555"] } },
 *          messages: { queue: { mode: "steer" },
 *                      groupChat: { historyLimit: 50, mentionPatterns: ["@c"] } } }
 *
 * Dropped where the new section is there already. The list of who may write is carried over without
 * a section of WhatsApp too, as a linked phone needs none.
 */

import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { dropEmpty, moveOrDrop, type Step } from "./Draft.ts"

const homes: ReadonlyArray<readonly [from: KeyPath, to: KeyPath]> = [
  [["bindings"], ["bindings"]],
  [["agentToAgent"], ["tools", "agentToAgent"]],
  [["queue"], ["messages", "queue"]],
  [["allowFrom"], ["channels", "whatsapp", "allowFrom"]],
  [
    ["groupChat", "historyLimit"],
    ["messages", "groupChat", "historyLimit"]
  ],
  [
    ["groupChat", "mentionPatterns"],
    ["messages", "groupChat", "mentionPatterns"]
  ]
]

/** Each of them to its own place. */
export const routingSections: Step = {
  name: "routingSections",
  run: (draft) => {
    for (const [from, to] of homes) moveOrDrop(draft, ["routing", ...from], to)
    dropEmpty(draft, ["routing", "groupChat"])
    dropEmpty(draft, ["routing"])
  }
}
