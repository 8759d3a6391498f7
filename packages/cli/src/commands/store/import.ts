/** `clawdbot store import`: moves the credentials of this state folder into the shared store. */
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { openingStore } from "../../terminal/withSpinner.ts"

/** The command. `import` alone is a word of the language. */
export const importCommand = command({
  name: "import",
  description:
    "Move the credentials of this state folder into the shared store; the files are put out of " +
    "use. What was interrupted is finished by calling it again.",
  examples: ["clawdbot store import --dry-run", "clawdbot store import"],
  options: {
    dryRun: CommandOptions.flag("dry-run", "Show what would be moved or refused; change nothing."),
    json: CommandOptions.json
  },
  run: ({ dryRun, json }): CommandEffect =>
    Effect.gen(function* () {
      const { storeImport, toText } = yield* Effect.promise(
        () => import("../../sharedStore/move.ts")
      )
      const report = yield* openingStore(storeImport(dryRun))
      const { stdout } = yield* IoStreams
      yield* stdout(json ? jsonLines(report) : yield* toText(report))
      return report.objections.length > 0 ? exit.failed : exit.done
    })
})
