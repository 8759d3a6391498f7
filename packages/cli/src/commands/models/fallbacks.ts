/** `clawdbot models fallbacks …` and `image-fallbacks …`: the models to try after the first. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command, group } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { edit } from "./edit.ts"
import {
  addFallback,
  type ChoiceKey,
  clearFallbacks,
  fallbacksOf,
  removeFallback,
  resolve
} from "./modelEdits.ts"
import { tellOwnModels } from "./ownModels.ts"

const args = { model: CommandOptions.modelArgument }

const commands = (choice: ChoiceKey, title: string, called: string) => {
  const list = command({
    name: "list",
    description: "List the fallback models.",
    examples: [`${called} list`],
    options: {
      json: CommandOptions.json,
      plain: CommandOptions.flag("plain", "Print one model per line.")
    },
    run: (values) =>
      Effect.gen(function* () {
        const io = yield* IoStreams
        const { config } = yield* (yield* ConfigStore).load
        const fallbacks = fallbacksOf(config, choice)
        if (values.json) yield* io.stdout(jsonLines({ fallbacks }))
        else if (values.plain) yield* io.stdout(fallbacks)
        else {
          const lines = fallbacks.length === 0 ? ["- none"] : fallbacks.map((text) => `- ${text}`)
          yield* io.stdout([`${title} (${fallbacks.length}):`, ...lines])
        }
        return exit.done
      })
  })
  const add = command({
    name: "add",
    description: "Add a model to the end of the list.",
    examples: [`${called} add sonnet`],
    args,
    run: ({ model }) =>
      Effect.gen(function* () {
        const { config } = yield* (yield* ConfigStore).load
        const ref = yield* resolve(config, model)
        const status = yield* edit(
          (snapshot) => Either.right(addFallback(snapshot.config, choice, ref)),
          (snapshot) => `${title}: ${fallbacksOf(snapshot.config, choice).join(", ")}`
        )
        if (choice === "model") yield* tellOwnModels("fallbacks")
        return status
      })
  })
  const remove = command({
    name: "remove",
    description: "Remove a model from the list.",
    examples: [`${called} remove sonnet`],
    args,
    run: ({ model }) =>
      Effect.gen(function* () {
        const { config } = yield* (yield* ConfigStore).load
        const ref = yield* resolve(config, model)
        return yield* edit(
          (snapshot) => removeFallback(snapshot.config, choice, ref),
          (snapshot) => `${title}: ${fallbacksOf(snapshot.config, choice).join(", ") || "-"}`
        )
      })
  })
  const clear = command({
    name: "clear",
    description: "Remove all models from the list.",
    examples: [`${called} clear`],
    run: () =>
      edit(
        (snapshot) => Either.right(clearFallbacks(snapshot.config, choice)),
        () => `${title}: cleared.`
      )
  })
  return [list, add, remove, clear]
}

/** `models fallbacks`. */
export const fallbacks = group<CommandEffect>(
  "fallbacks",
  "Manage the fallbacks of the default model. They are kept for other programs; the " +
    "gateway uses them if gateway.modelFallback is true.",
  commands("model", "Fallbacks", "clawdbot models fallbacks")
)

/** `models image-fallbacks`. */
export const imageFallbacks = group<CommandEffect>(
  "image-fallbacks",
  "Manage the fallbacks of the image model.",
  commands("imageModel", "Image fallbacks", "clawdbot models image-fallbacks")
)
