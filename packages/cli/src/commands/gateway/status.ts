/**
 * `clawdbot gateway status`: what the gateway that runs on this state folder says of itself and its
 * last requests.
 */

import * as Effect from "effect/Effect"
import { command, flagSwitch } from "../../argv/spec.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { exit } from "../../exit.ts"
import { Terminal } from "../../terminal/Terminal.ts"

/** The command. */
export const status = command({
  name: "status",
  describe:
    "Whether a gateway runs on this state folder, who answers next, and what became of its last requests.",
  flags: { json: flagSwitch("Print it as one JSON document.") },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const { ask, toText } = yield* Effect.promise(() => import("../../gateway/status.ts"))
      const told = yield* ask
      const terminal = yield* Terminal
      yield* terminal.result(
        json ? JSON.stringify({ running: true, ...told }, null, 2) : toText(told)
      )
      return exit.done
    })
})
