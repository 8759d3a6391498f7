/**
 * `clawdbot usage`: the tokens that went through the gateway, from its ledger; works whether or not
 * a gateway runs.
 */

import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { UsageError } from "../CliError.ts"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { exit } from "../exit.ts"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { jsonLines } from "../terminal/lines.ts"

const here = "clawdbot usage"

/** What all gateways of a shared store used. */
const ofStore = (shared: ConfigSnapshot, span: UsageSpan) =>
  Effect.flatMap(
    Effect.promise(() => import("../sharedStore/openStore.ts")),
    ({ usage }) => usage(shared, span)
  )

/** Where the usage that is shown is recorded. */
const placeOf = (paths: Paths, shared: ConfigSnapshot | undefined): string => {
  if (shared !== undefined) return "the shared store, with that of its other gateways"
  return `${shorten(paths, paths.stateDir)}/usage`
}

/** The command. */
export const usage = command({
  name: "usage",
  description: "Show the tokens used through the gateway, by profile, model, client, day and more.",
  examples: ["clawdbot usage --since 30d --by client,day", "clawdbot usage --cost"],
  options: {
    since: CommandOptions.text("since", "DURATION", "How far back, e.g. 24h or 30d. Default: 7d."),
    by: CommandOptions.text(
      "by",
      "NAMES",
      "Group by one or more of profile, model, client, agent, ttl, day and hour, " +
        "separated by commas. Default: profile,model."
    ),
    cost: CommandOptions.flag(
      "cost",
      "Show USD instead of tokens: billed to API keys, and for subscriptions what the same would " +
        "have cost at list price."
    ),
    json: CommandOptions.json
  },
  run: (values) =>
    Effect.gen(function* () {
      const [Report, Files, Text] = yield* Effect.promise(() =>
        Promise.all([
          import("@clawdbot/domain/Usage/UsageReport"),
          import("@clawdbot/node/Usage/UsageFiles"),
          import("../usageText.ts")
        ])
      )
      const by = Report.parseGroupings(values.by ?? "profile,model")
      if (by === undefined) {
        return yield* new UsageError({
          problem:
            `--by: "${values.by}" is not one or more of ${Report.groupings.join(", ")}, ` +
            "separated by commas",
          command: here
        })
      }
      const until = (yield* Clock.currentTimeMillis) + 1
      const span = { since: until - (yield* parseDuration(values.since ?? "7d", "--since")), until }
      const shared = yield* sharedSnapshot
      const cells = shared === undefined ? yield* Files.cells(span) : yield* ofStore(shared, span)
      const report = Report.make(cells, span, by)
      const io = yield* IoStreams
      // A program that reads it, or a file, has lines of any length.
      const width = io.isTerminal ? io.width : Number.POSITIVE_INFINITY
      const paths = yield* StatePaths
      if (values.json) yield* io.stdout(jsonLines(report))
      else {
        const columns = values.cost ? Text.costColumns : Text.tokenColumns
        yield* io.stdout(Text.toText(report, placeOf(paths, shared), width, columns))
      }
      return exit.done
    })
})
