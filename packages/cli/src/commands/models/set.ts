/** `clawdbot models set` and `set-image`: the default models. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { edit } from "./edit.ts"
import { type ChoiceKey, primary, resolve } from "./modelEdits.ts"
import { tellOwnModels } from "./ownModels.ts"

const args = { model: CommandOptions.modelArgument }

const choose = (choice: ChoiceKey, label: string, text: string) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ConfigStore).load
    const ref = yield* resolve(config, text)
    const status = yield* edit(
      (snapshot) => Either.right(primary(snapshot.config, choice, ref)),
      () => `${label}: ${ModelRef.label(ref)}`
    )
    if (choice === "model") yield* tellOwnModels("primary")
    return status
  })

/** `models set`. */
export const set = command({
  name: "set",
  description: "Set the default model.",
  examples: ["clawdbot models set anthropic/claude-opus-4-5"],
  args,
  run: ({ model }) => choose("model", "Default model", model)
})

/** `models set-image`. */
export const setImage = command({
  name: "set-image",
  description: "Set the model for images.",
  examples: ["clawdbot models set-image sonnet"],
  args,
  run: ({ model }) => choose("imageModel", "Image model", model)
})
