/** `clawdbot usage reconcile`: the ledger's amounts beside those of the provider's cost report. */
import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { withSpinner } from "../../terminal/withSpinner.ts"

const dayMs = 86_400_000

/** The command. */
export const reconcile = command({
  name: "reconcile",
  description:
    "Compare what the ledger says was billed with the provider's cost report, by day; needs an " +
    "admin key in ANTHROPIC_ADMIN_API_KEY.",
  examples: ["clawdbot usage reconcile --since 30d"],
  options: {
    since: CommandOptions.text(
      "since",
      "DURATION",
      "How far back, in whole days (UTC) that are over, e.g. 30d. Default: 7d."
    ),
    workspace: CommandOptions.text(
      "workspace",
      "ID",
      "Count only what was billed to this workspace, e.g. the one of the gateway's keys."
    ),
    json: CommandOptions.json
  },
  run: ({ json, since, workspace }): CommandEffect =>
    Effect.gen(function* () {
      const [Report, Ledger, Costs, Reconcile, Text] = yield* Effect.promise(() =>
        Promise.all([
          import("@clawdbot/domain/Usage/UsageReport"),
          import("../../usage/ledger.ts"),
          import("../../usage/costReport.ts"),
          import("@clawdbot/domain/Pricing/reconcile"),
          import("../../usage/reconcileText.ts")
        ])
      )
      const asked = yield* parseDuration(since ?? "7d", "--since")
      const until = Math.floor((yield* Clock.currentTimeMillis) / dayMs) * dayMs
      const span = { since: until - Math.max(1, Math.ceil(asked / dayMs)) * dayMs, until }
      const billed = yield* withSpinner("waiting for the provider", Costs.billedDays(span))
      const { cells } = yield* Ledger.recorded(span)
      const found = Reconcile.reconcile(Report.make(cells, span, ["day"]), billed, workspace)
      const { stdout } = yield* IoStreams
      yield* stdout(json ? jsonLines({ ...span, ...found }) : Text.toText(found))
      return exit.done
    })
})
