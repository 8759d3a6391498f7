/**
 * The command that turns speech into text, which is one of the models for audio now.
 *
 * before { routing: { transcribeAudio: { command: ["whisper", "-m", "base"], timeoutSeconds: 45 } }
 * } after  { tools: { media: { audio: { enabled: true, models: [{ type: "cli", command: "whisper",
 *                                     timeoutSeconds: 45, args: ["-m", "base"] }] } } } }
 *
 * The same for `audio.transcription`. Dropped where models for audio are listed already; what is no
 * command is left for the person.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import { type Draft, dropEmpty, type Step } from "./Draft.ts"

const audio: KeyPath = ["tools", "media", "audio"]

/** The command's own entry; `undefined` for what is no command. */
const asModel = (value: unknown): JsonValue.JsonObject | undefined => {
  if (!JsonValue.isObject(value) || !JsonValue.isList(value.command)) return undefined
  const [command, ...args] = value.command
  if (typeof command !== "string" || command.trim() === "") return undefined
  const { command: _, ...rest } = value
  const model = { type: "cli", command, ...rest }
  if (args.length === 0) return model
  return { ...model, args }
}

const migrateCommand = (draft: Draft, from: KeyPath): void => {
  const model = asModel(draft.get(from))
  if (model === undefined) return
  const listed = draft.get([...audio, "models"])
  if (JsonValue.isList(listed) && listed.length > 0) {
    draft.unset(from)
    draft.say(`Removed ${render(from)} (${render([...audio, "models"])} already set).`)
  } else if (draft.set([...audio, "models"], [model], from)) {
    // Each value once more by itself, so that its place in the text is found again.
    for (const key of Object.keys(model))
      if (draft.has([...from, key]) && key !== "command")
        draft.set([...audio, "models", 0, key], model[key], [...from, key])
    if (!draft.has([...audio, "enabled"])) draft.set([...audio, "enabled"], true)
    draft.unset(from)
    draft.say(`Moved ${render(from)} → ${render([...audio, "models"])}.`)
  }
  dropEmpty(draft, from.slice(0, -1))
}

/** Both places to the models for audio. */
export const audioTranscription: Step = {
  name: "audioTranscription",
  run: (draft) => {
    migrateCommand(draft, ["routing", "transcribeAudio"])
    migrateCommand(draft, ["audio", "transcription"])
  }
}
