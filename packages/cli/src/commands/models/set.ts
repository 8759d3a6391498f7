/** `clawdbot models set` and `set-image`: the default models. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command, type Words } from "../../argv/spec.ts"
import { edit } from "./edit.ts"
import { type ChoiceKey, primary, resolve } from "./modelEdits.ts"

const words: Words = {
  name: "MODEL",
  describe: "The model, as provider/model or an alias.",
  atLeast: 1,
  atMost: 1,
  values: ["models"]
}

const choose = (choice: ChoiceKey, label: string, text: string) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ConfigStore).load
    const ref = yield* resolve(config, text)
    return yield* edit(
      (snapshot) => Either.right(primary(snapshot.config, choice, ref)),
      () => `${label}: ${ModelRef.label(ref)}`
    )
  })

/** `models set`. */
export const set = command({
  name: "set",
  describe: "Set the default model.",
  flags: {},
  words,
  run: (_values, [text = ""]) => choose("model", "Default model", text)
})

/** `models set-image`. */
export const setImage = command({
  name: "set-image",
  describe: "Set the model for images.",
  flags: {},
  words,
  run: (_values, [text = ""]) => choose("imageModel", "Image model", text)
})
