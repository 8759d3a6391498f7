/**
 * `clawdbot gateway status`: what the gateway that runs on this state folder says of itself and its
 * last requests.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { askingGateway } from "../../terminal/withSpinner.ts"

/** The command. */
export const status = command({
  name: "status",
  description: "Show whether the gateway is running, the next credential and recent requests.",
  examples: ["clawdbot gateway status"],
  options: { json: CommandOptions.json },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const { ask, toText } = yield* Effect.promise(() => import("../../gateway/status.ts"))
      const told = yield* askingGateway(ask)
      const io = yield* IoStreams
      yield* io.stdout(
        json ? jsonLines({ running: true, ...told }) : toText(told, yield* Clock.currentTimeMillis)
      )
      return exit.done
    })
})
