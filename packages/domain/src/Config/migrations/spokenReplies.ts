/**
 * Whether replies are spoken, which was a switch and is a choice of when now.
 *
 * before  { messages: { tts: { enabled: true } } }
 * after   { messages: { tts: { auto: "always" } } }
 *
 * Dropped where `messages.tts.auto` is there already.
 */
import type { Step } from "./Draft.ts"

/** `messages.tts.enabled` to `messages.tts.auto`. */
export const spokenReplies: Step = {
  name: "spokenReplies",
  run: (draft) => {
    const from = ["messages", "tts", "enabled"]
    const to = ["messages", "tts", "auto"]
    const enabled = draft.get(from)
    if (typeof enabled !== "boolean") return
    if (draft.has(to)) {
      draft.unset(from)
      draft.say("Removed messages.tts.enabled (messages.tts.auto already set).")
    } else if (draft.set(to, enabled ? "always" : "off", from)) {
      draft.unset(from)
      draft.say(`Moved messages.tts.enabled → messages.tts.auto (${enabled ? "always" : "off"}).`)
    }
  }
}
