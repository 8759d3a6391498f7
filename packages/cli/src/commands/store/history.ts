/** `clawdbot store history`: the former versions of an agent's credentials in the shared store. */
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"

/** The command. */
export const history = command({
  name: "history",
  description: "List the last five versions of each credential in the shared store; no secrets.",
  examples: ["clawdbot store history", "clawdbot store history --agent work --json"],
  options: { agent: CommandOptions.agent, json: CommandOptions.json },
  run: ({ agent, json }): CommandEffect =>
    Effect.gen(function* () {
      const { storeHistory, toText } = yield* Effect.promise(
        () => import("../../sharedStore/history.ts")
      )
      const found = yield* storeHistory(agent)
      const { stdout } = yield* IoStreams
      yield* stdout(json ? jsonLines(found) : toText(found))
      return exit.done
    })
})
