/**
 * Channels of the time before there was a section `channels`.
 *
 * before  { telegram: { botToken: "t" }, slack: {}, channels: { slack: { enabled: true } } }
 * after   { channels: { slack: { enabled: true }, telegram: { botToken: "t" } } }
 *
 * What a channel's new section holds already stays. Two `$include` directives cannot become one:
 * then the section is left for the person.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { type Draft, isMergeable, mergeMissing, type Step } from "./Draft.ts"

/** The channels that had a section of their own at the top. */
export const channels = [
  "whatsapp",
  "telegram",
  "discord",
  "slack",
  "signal",
  "imessage",
  "msteams"
] as const

const migrateChannel = (draft: Draft, channel: string): void => {
  const section = draft.get([channel])
  const home = draft.get(["channels", channel])
  if (!JsonValue.isObject(section) || !(home === undefined || JsonValue.isObject(home))) return
  if (!isMergeable(section, home)) return
  if (home === undefined) {
    if (draft.move([channel], ["channels", channel]))
      draft.say(`Moved ${channel} → channels.${channel}.`)
    return
  }
  draft.say(`Merged ${channel} → channels.${channel}.`)
  mergeMissing(draft, [channel], ["channels", channel])
}

/** Each channel's section to `channels`. */
export const channelSections: Step = {
  name: "channelSections",
  run: (draft) => {
    for (const channel of channels) migrateChannel(draft, channel)
  }
}
