/** `clawdbot models aliases list|add|remove`: short names of models. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Effect from "effect/Effect"
import { command, flagSwitch, group } from "../../argv/spec.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { exit } from "../../exit.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { edit } from "./edit.ts"
import { addAlias, removeAlias, resolve } from "./modelEdits.ts"

const list = command({
  name: "list",
  describe: "Show the aliases.",
  flags: {
    json: flagSwitch("Print them as one JSON document."),
    plain: flagSwitch("Print one alias and model a line.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const { config } = yield* (yield* ConfigStore).load
      const aliases = [...ModelCatalog.fromConfig(config).aliases]
      if (values.json)
        yield* terminal.result(JSON.stringify({ aliases: Object.fromEntries(aliases) }, null, 2))
      else if (values.plain)
        yield* terminal.result(aliases.map(([alias, ref]) => `${alias} ${ref}`).join("\n"))
      else {
        const lines =
          aliases.length === 0 ? ["- none"] : aliases.map(([alias, ref]) => `- ${alias} -> ${ref}`)
        yield* terminal.result([`Aliases (${aliases.length}):`, ...lines].join("\n"))
      }
      return exit.done
    })
})

const add = command({
  name: "add",
  describe: "Give a model an alias.",
  flags: {},
  words: {
    name: "ALIAS MODEL",
    describe: "The short name, and the model it stands for.",
    atLeast: 2,
    atMost: 2,
    values: [[], "models"]
  },
  run: (_values, [alias = "", text = ""]) =>
    Effect.gen(function* () {
      const { config } = yield* (yield* ConfigStore).load
      const ref = yield* resolve(config, text)
      return yield* edit(
        (snapshot) => addAlias(snapshot.config, alias, ref),
        () => `Alias ${alias.trim()} -> ${ModelRef.label(ref)}`
      )
    })
})

const remove = command({
  name: "remove",
  describe: "Take an alias away; a built-in one too.",
  flags: {},
  words: { name: "ALIAS", describe: "The short name.", atLeast: 1, atMost: 1, values: ["aliases"] },
  run: (_values, [alias = ""]) =>
    edit(
      (snapshot) => removeAlias(snapshot.config, alias),
      (snapshot) => {
        const left = [...ModelCatalog.fromConfig(snapshot.config).aliases]
        return left.length === 0
          ? "No aliases configured."
          : left.map(([name, ref]) => `- ${name} -> ${ref}`).join("\n")
      }
    )
})

/** The commands. */
export const aliases = group<CommandEffect>("aliases", "Short names of models.", [
  list,
  add,
  remove
])
