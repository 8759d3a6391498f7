/** `clawdbot config path`: which file is the config, whether or not it is there or valid. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import { command } from "../../commandLine/definition.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"

/** The command. */
export const path = command({
  name: "path",
  description: "Show where the config file is.",
  examples: ["clawdbot config path"],
  run: () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      yield* (yield* IoStreams).stdout(configPath)
      return exit.done
    })
})
