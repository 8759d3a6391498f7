/**
 * `clawdbot cache`: why the provider's prompt cache missed, and what that cost, from the gateway
 * that runs on this state folder (docs/cache.md).
 */

import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../CommandEffect.ts"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { exit } from "../exit.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { jsonLines } from "../terminal/lines.ts"
import { askingGateway } from "../terminal/withSpinner.ts"

/** The command. */
export const cache = command({
  name: "cache",
  description:
    "Show why the provider's prompt cache missed, by client and model, and what that cost.",
  examples: ["clawdbot cache", "clawdbot cache --since 1h --json"],
  options: {
    since: CommandOptions.text(
      "since",
      "DURATION",
      "How far back, e.g. 1h; at most 7d. Default: 24h."
    ),
    json: CommandOptions.json
  },
  run: ({ json, since }): CommandEffect =>
    Effect.gen(function* () {
      const [{ ask }, { toText }] = yield* Effect.promise(() =>
        Promise.all([import("../gateway/cacheReport.ts"), import("../cache/text.ts")])
      )
      const span = yield* parseDuration(since ?? "24h", "--since")
      const from = Math.max(0, (yield* Clock.currentTimeMillis) - span)
      const summary = yield* askingGateway(ask(from))
      const io = yield* IoStreams
      // A program that reads it, or a file, has lines of any length.
      const width = io.isTerminal ? io.width : Number.POSITIVE_INFINITY
      yield* io.stdout(json ? jsonLines(summary) : toText(summary, width))
      return exit.done
    })
})
