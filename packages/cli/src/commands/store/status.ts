/** `clawdbot store status`: whether the shared store can be used by this version, with this key. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { openingStore } from "../../terminal/withSpinner.ts"

/** The command. */
export const status = command({
  name: "status",
  description: "Check that the shared store can be reached and used with the key of this host.",
  examples: ["clawdbot store status"],
  options: { json: CommandOptions.json },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const { storeStatus, toText } = yield* Effect.promise(
        () => import("../../sharedStore/status.ts")
      )
      const found = yield* openingStore(storeStatus)
      const { stdout } = yield* IoStreams
      yield* stdout(json ? jsonLines(found) : toText(yield* StatePaths, found))
      return exit.done
    })
})
