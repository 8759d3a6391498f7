/**
 * `clawdbot usage`: the tokens that went through the gateway, from its ledger; works whether or not
 * a gateway runs.
 */

import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { reconcile } from "./reconcile.ts"

const here = "clawdbot usage"

/** What clients with budgets have used, in place of the ledger's rows. */
const showBudgets = (json: boolean) =>
  Effect.gen(function* () {
    const [{ standings }, { toText }] = yield* Effect.promise(() =>
      Promise.all([import("../../usage/budgets.ts"), import("../../usage/budgetsText.ts")])
    )
    const { place, report } = yield* standings
    const io = yield* IoStreams
    yield* io.stdout(json ? jsonLines(report) : toText(report, place, io.width))
    return exit.done
  })

/** The command. */
export const usage = command({
  name: "usage",
  description: "Show the tokens used through the gateway, by profile, model, client, day and more.",
  examples: [
    "clawdbot usage --since 30d --by client,day",
    "clawdbot usage --cost",
    "clawdbot usage --budgets"
  ],
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
    budgets: CommandOptions.flag(
      "budgets",
      "Show what each client with a budget may use, has used and has left."
    ),
    json: CommandOptions.json
  },
  subcommands: [reconcile],
  run: (values) =>
    Effect.gen(function* () {
      if (values.budgets) {
        const other = (["since", "by", "cost"] as const).find((name) => Boolean(values[name]))
        if (other === undefined) return yield* showBudgets(values.json)
        return yield* new UsageError({
          problem: `give either --budgets or --${other}, not both`,
          command: here
        })
      }
      const [Report, Ledger, Text] = yield* Effect.promise(() =>
        Promise.all([
          import("@clawdbot/domain/Usage/UsageReport"),
          import("../../usage/ledger.ts"),
          import("../../usage/text.ts")
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
      const { cells, place } = yield* Ledger.recorded(span)
      const report = Report.make(cells, span, by)
      const io = yield* IoStreams
      // A program that reads it, or a file, has lines of any length.
      const width = io.isTerminal ? io.width : Number.POSITIVE_INFINITY
      if (values.json) yield* io.stdout(jsonLines(report))
      else {
        const columns = values.cost ? Text.costColumns : Text.tokenColumns
        yield* io.stdout(Text.toText(report, place, width, columns))
      }
      return exit.done
    })
})
