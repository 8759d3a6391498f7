/**
 * `clawdbot dashboard`: a link to the dashboard of the gateway that runs on this state folder
 * (decision D26a).
 */

import * as Effect from "effect/Effect"
import type { CommandEffect } from "../CommandEffect.ts"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { exit } from "../exit.ts"
import { jsonLines } from "../terminal/lines.ts"
import { Terminal } from "../terminal/Terminal.ts"

/**
 * The command. It opens no browser: the link would stand on that program's command line, for
 * everybody on the machine to read.
 */
export const dashboard = command({
  name: "dashboard",
  description: "A link to the dashboard of the gateway that runs: opens once, within two minutes.",
  examples: ["clawdbot dashboard"],
  options: { json: CommandOptions.json },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const { dashboardLink } = yield* Effect.promise(() => import("../gateway/dashboardLink.ts"))
      const link = yield* dashboardLink
      const terminal = yield* Terminal
      if (!json)
        yield* terminal.say("Open this in a browser on this machine, once, within two minutes:")
      yield* terminal.result(json ? jsonLines(link) : link.url)
      return exit.done
    })
})
