/**
 * Whether a message in a group has to mention the agent, which once was one switch for all channels
 * and one for Telegram, and is a default of each channel's groups now.
 *
 * before  { routing: { groupChat: { requireMention: false } }, channels: { whatsapp: {} } }
 * after   { channels: { whatsapp: { groups: { "*": { requireMention: false } } },
 *                       telegram: { groups: { "*": { requireMention: false } } },
 *                       imessage: { groups: { "*": { requireMention: false } } } } }
 *
 * A default that a channel has already stays. WhatsApp gets one only where it has a section, as a
 * linked phone needs none.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import { listIf } from "../../Document/listIf.ts"
import { type Draft, dropEmpty, type Step } from "./Draft.ts"

const home = (channel: string): KeyPath => ["channels", channel, "groups", "*", "requireMention"]

/** Whether a value can be set at a path: what stands above it are objects or nothing. */
const isFree = (draft: Draft, path: KeyPath): boolean =>
  path.slice(0, -1).every((_, index) => {
    const above = draft.get(path.slice(0, index + 1))
    return above === undefined || JsonValue.isObject(above)
  })

const spread = (draft: Draft, from: KeyPath, channels: ReadonlyArray<string>): void => {
  const homes = channels.map(home)
  if (!draft.has(from) || !homes.every((path) => isFree(draft, path))) return
  const value = draft.get(from)
  for (const path of homes) {
    if (draft.has(path)) draft.say(`Removed ${render(from)} (${render(path)} already set).`)
    else if (draft.set(path, value, from)) draft.say(`Moved ${render(from)} → ${render(path)}.`)
  }
  draft.unset(from)
}

/** The switch of `routing` and the one of Telegram to the groups of the channels. */
export const requireMention: Step = {
  name: "requireMention",
  run: (draft) => {
    // The channel's own switch first: it was the narrower one, so it wins.
    spread(draft, ["channels", "telegram", "requireMention"], ["telegram"])
    const whatsapp = listIf(draft.has(["channels", "whatsapp"]), "whatsapp")
    spread(draft, ["routing", "groupChat", "requireMention"], [...whatsapp, "telegram", "imessage"])
    dropEmpty(draft, ["routing", "groupChat"])
    dropEmpty(draft, ["routing"])
  }
}
