/**
 * Keys that name a channel, which were called after a surface and later after a provider.
 *
 * before { bindings: [{ agentId: "a", match: { provider: "slack", accountID: "x" } }],
 *          session: { sendPolicy: { rules: [{ action: "deny", match: { surface: "discord" } }] } },
 *          messages: { queue: { byProvider: { slack: "steer" } } } }
 * after  { bindings: [{ agentId: "a", match: { channel: "slack", accountId: "x" } }],
 *          session: { sendPolicy: { rules: [{ action: "deny", match: { channel: "discord" } }] } },
 *          messages: { queue: { byChannel: { slack: "steer" } } } }
 *
 * Dropped where the present key is there already.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { type Draft, moveOrDrop, type Step } from "./Draft.ts"

const renameInMatches = (
  draft: Draft,
  list: KeyPath,
  names: ReadonlyArray<readonly [old: string, present: string]>
): void => {
  const items = draft.get(list)
  if (!JsonValue.isList(items)) return
  for (const index of items.keys()) {
    const match: KeyPath = [...list, index, "match"]
    if (!JsonValue.isObject(draft.get(match))) continue
    for (const [old, present] of names) moveOrDrop(draft, [...match, old], [...match, present])
  }
}

const surfaceAndProvider = [
  ["surface", "channel"],
  ["provider", "channel"]
] as const

/** The names of every place that has them. */
export const channelNames: Step = {
  name: "channelNames",
  run: (draft) => {
    renameInMatches(draft, ["bindings"], [...surfaceAndProvider, ["accountID", "accountId"]])
    renameInMatches(draft, ["session", "sendPolicy", "rules"], surfaceAndProvider)
    const queue: KeyPath = ["messages", "queue"]
    if (!JsonValue.isObject(draft.get(queue))) return
    for (const old of ["bySurface", "byProvider"])
      moveOrDrop(draft, [...queue, old], [...queue, "byChannel"])
  }
}
