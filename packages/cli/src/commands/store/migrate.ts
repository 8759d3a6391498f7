/** `clawdbot store migrate`: makes or updates the tables of the shared store. */
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { openingStore } from "../../terminal/withSpinner.ts"

/** The command. */
export const migrate = command({
  name: "migrate",
  description: "Create or update the tables of the shared store; gateways never do this.",
  examples: ["clawdbot store migrate --dry-run", "clawdbot store migrate"],
  options: {
    dryRun: CommandOptions.flag("dry-run", "Show which migrations are missing; change nothing.")
  },
  run: ({ dryRun }): CommandEffect =>
    Effect.gen(function* () {
      const { migrateStore } = yield* Effect.promise(() => import("../../sharedStore/migrate.ts"))
      const { stdout } = yield* IoStreams
      for (const line of yield* openingStore(migrateStore(dryRun))) yield* stdout(line)
      return exit.done
    })
})
