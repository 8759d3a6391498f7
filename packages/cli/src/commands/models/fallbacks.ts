/** `clawdbot models fallbacks …` and `image-fallbacks …`: the models to try after the first. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command, flagSwitch, group, type Words } from "../../argv/spec.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { exit } from "../../exit.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { edit } from "./edit.ts"
import {
  addFallback,
  type ChoiceKey,
  clearFallbacks,
  fallbacksOf,
  removeFallback,
  resolve
} from "./modelEdits.ts"

const words: Words = {
  name: "MODEL",
  describe: "The model, as provider/model or an alias.",
  atLeast: 1,
  atMost: 1,
  values: ["models"]
}

const commands = (choice: ChoiceKey, title: string) => {
  const list = command({
    name: "list",
    describe: "Show them.",
    flags: {
      json: flagSwitch("Print them as one JSON document."),
      plain: flagSwitch("Print one model a line.")
    },
    run: (values) =>
      Effect.gen(function* () {
        const terminal = yield* Terminal
        const { config } = yield* (yield* ConfigStore).load
        const fallbacks = fallbacksOf(config, choice)
        if (values.json) yield* terminal.result(JSON.stringify({ fallbacks }, null, 2))
        else if (values.plain) yield* terminal.result(fallbacks.join("\n"))
        else {
          const lines = fallbacks.length === 0 ? ["- none"] : fallbacks.map((text) => `- ${text}`)
          yield* terminal.result([`${title} (${fallbacks.length}):`, ...lines].join("\n"))
        }
        return exit.done
      })
  })
  const add = command({
    name: "add",
    describe: "Append a model.",
    flags: {},
    words,
    run: (_values, [text = ""]) =>
      Effect.gen(function* () {
        const { config } = yield* (yield* ConfigStore).load
        const ref = yield* resolve(config, text)
        return yield* edit(
          (snapshot) => Either.right(addFallback(snapshot.config, choice, ref)),
          (snapshot) => `${title}: ${fallbacksOf(snapshot.config, choice).join(", ")}`
        )
      })
  })
  const remove = command({
    name: "remove",
    describe: "Take a model out.",
    flags: {},
    words,
    run: (_values, [text = ""]) =>
      Effect.gen(function* () {
        const { config } = yield* (yield* ConfigStore).load
        const ref = yield* resolve(config, text)
        return yield* edit(
          (snapshot) => removeFallback(snapshot.config, choice, ref),
          (snapshot) => `${title}: ${fallbacksOf(snapshot.config, choice).join(", ") || "-"}`
        )
      })
  })
  const clear = command({
    name: "clear",
    describe: "Remove them all.",
    flags: {},
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
  "Models to try after the default one.",
  commands("model", "Fallbacks")
)

/** `models image-fallbacks`. */
export const imageFallbacks = group<CommandEffect>(
  "image-fallbacks",
  "Models to try after the one for images.",
  commands("imageModel", "Image fallbacks")
)
