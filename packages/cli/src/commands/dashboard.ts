/**
 * `clawdbot dashboard`: a link to the dashboard of the gateway that runs on this state folder
 * (decision D26a).
 */

import * as Effect from "effect/Effect"
import type { CommandEffect } from "../CommandEffect.ts"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { exit } from "../exit.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { jsonLines } from "../terminal/lines.ts"
import { askingGateway } from "../terminal/withSpinner.ts"

const end = (json: boolean): CommandEffect =>
  Effect.gen(function* () {
    const { endSessions } = yield* Effect.promise(() => import("../gateway/endSessions.ts"))
    const revoked = yield* askingGateway(endSessions)
    const io = yield* IoStreams
    if (json) yield* io.stdout(jsonLines({ revoked }))
    else {
      yield* io.stderr(
        revoked
          ? "Every dashboard session and every unused link has ended."
          : "No dashboard session was open."
      )
    }
    return exit.done
  })

/**
 * The command. It opens no browser: the link would stand on that program's command line, for
 * everybody on the machine to read.
 */
export const dashboard = command({
  name: "dashboard",
  description:
    "Print a link to the running gateway's dashboard (single use, expires in 2 minutes).",
  examples: ["clawdbot dashboard", "clawdbot dashboard --revoke"],
  options: {
    json: CommandOptions.json,
    revoke: CommandOptions.flag("revoke", "End all dashboard sessions and unused links.")
  },
  run: ({ json, revoke }): CommandEffect =>
    Effect.gen(function* () {
      if (revoke) return yield* end(json)
      const { dashboardLink } = yield* Effect.promise(() => import("../gateway/dashboardLink.ts"))
      const link = yield* askingGateway(dashboardLink)
      const io = yield* IoStreams
      if (!json)
        yield* io.stderr(
          "Open this link in a browser on this machine (single use, expires in 2 minutes):"
        )
      yield* io.stdout(json ? jsonLines(link) : link.url)
      return exit.done
    })
})
