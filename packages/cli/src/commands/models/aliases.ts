/** `clawdbot models aliases list|add|remove`: short names of models. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command, group } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { edit } from "./edit.ts"
import { addAlias, removeAlias, resolve } from "./modelEdits.ts"

const list = command({
  name: "list",
  description: "List the aliases.",
  examples: ["clawdbot models aliases list"],
  options: {
    json: CommandOptions.json,
    plain: CommandOptions.flag("plain", "Print one alias and its model per line.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const { config } = yield* (yield* ConfigStore).load
      const aliases = [...ModelCatalog.fromConfig(config).aliases]
      if (values.json) yield* io.stdout(jsonLines({ aliases: Object.fromEntries(aliases) }))
      else if (values.plain) yield* io.stdout(aliases.map(([alias, ref]) => `${alias} ${ref}`))
      else {
        const lines =
          aliases.length === 0 ? ["- none"] : aliases.map(([alias, ref]) => `- ${alias} -> ${ref}`)
        yield* io.stdout([`Aliases (${aliases.length}):`, ...lines])
      }
      return exit.done
    })
})

const add = command({
  name: "add",
  description: "Add an alias for a model.",
  examples: ["clawdbot models aliases add fast anthropic/claude-haiku-4-5"],
  args: {
    alias: CommandOptions.argument("NAME", "The short name."),
    model: CommandOptions.modelArgument
  },
  run: ({ alias, model }) =>
    Effect.gen(function* () {
      const { config } = yield* (yield* ConfigStore).load
      const ref = yield* resolve(config, model)
      return yield* edit(
        (snapshot) => addAlias(snapshot.config, alias, ref),
        () => `Alias ${alias.trim()} -> ${ModelRef.label(ref)}`
      )
    })
})

const remove = command({
  name: "remove",
  description: "Remove an alias, also a built-in one.",
  examples: ["clawdbot models aliases remove fast"],
  args: { alias: CommandOptions.argument("ALIAS", "The short name.") },
  run: ({ alias }) =>
    edit(
      (snapshot) => removeAlias(snapshot.config, alias),
      (snapshot) => {
        const left = [...ModelCatalog.fromConfig(snapshot.config).aliases]
        if (left.length === 0) return "No aliases configured."
        return left.map(([name, ref]) => `- ${name} -> ${ref}`)
      }
    )
})

/** The commands. */
export const aliases = group<CommandEffect>("aliases", "Manage short names for models.", [
  list,
  add,
  remove
])
