/** `clawdbot config unset`: one key removed from the person's own text (decision D17). */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { parseKey } from "./keyArgument.ts"
import { reportEdit } from "./reportEdit.ts"

/** The command. */
export const unset = command({
  name: "unset",
  description: "Remove one key; comments and formatting of the file are kept.",
  examples: ["clawdbot config unset gateway.port"],
  options: {
    dryRun: CommandOptions.dryRun,
    json: CommandOptions.json
  },
  credentials: ["PATH"],
  args: { key: CommandOptions.argument("PATH", "The key.") },
  run: ({ dryRun, json, key }) =>
    Effect.gen(function* () {
      const path = yield* parseKey(key, "clawdbot config unset")
      const report = yield* (yield* ConfigStore).edit(
        () => Either.right([{ _tag: "Unset", path }]),
        { dryRun }
      )
      return yield* reportEdit(report, {
        dryRun,
        json,
        nothing: "Nothing to remove: the key is not set."
      })
    })
})
