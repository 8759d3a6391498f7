/** `clawdbot store export`: moves the credentials of the shared store into files. */
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { openingStore } from "../../terminal/withSpinner.ts"

/** The command. `export` alone is a word of the language. */
export const exportCommand = command({
  name: "export",
  description:
    "Move the credentials of the shared store into a state folder; the store is put out of use. " +
    "What was interrupted is finished by calling it again.",
  examples: ["clawdbot store export --dry-run", "clawdbot store export --to ~/.clawdbot-back"],
  options: {
    to: CommandOptions.text("to", "PATH", "The state folder to write. Default: this one."),
    dryRun: CommandOptions.flag("dry-run", "Show what would be moved; change nothing."),
    json: CommandOptions.json
  },
  run: ({ dryRun, json, to }): CommandEffect =>
    Effect.gen(function* () {
      const { storeExport, toText } = yield* Effect.promise(
        () => import("../../sharedStore/move.ts")
      )
      const report = yield* openingStore(storeExport(dryRun, to))
      const { stdout } = yield* IoStreams
      yield* stdout(json ? jsonLines(report) : yield* toText(report))
      return exit.done
    })
})
