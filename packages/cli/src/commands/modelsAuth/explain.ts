/**
 * `clawdbot models auth explain`: which profile a request would get now, why, why not the others,
 * and when each comes back.
 */

import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { placeWords, rejectionWords } from "@clawdbot/domain/Auth/explanationWords"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import * as Window from "@clawdbot/domain/Health/Window"
import { countWords, credentialCounts } from "@clawdbot/domain/Status/credentialCounts"
import * as Duration from "@clawdbot/domain/Status/duration"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { syncClaudeCode } from "../../claudeCode.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { agentFor } from "../agentFor.ts"
import { resolve } from "../models/modelEdits.ts"

/** What a change of the credential costs, for whoever sees that there is another one. */
const moving =
  "A conversation stays on its credential while that is usable; one that moves loses its " +
  "prompt cache and its earlier reasoning."

const stateWords = {
  ready: "ready",
  cooling: "cooling down",
  "half-open": "retried by the next request"
} as const

const toText = (explanation: Explanation, now: number): ReadonlyArray<string> => [
  `Agent ${explanation.agent}, provider ` +
    `${explanation.provider}${textOf(explanation.model, (model) => `, model ${model}`)}`,
  explanation.chosen === undefined
    ? "Next credential: none available"
    : `Next credential: ${explanation.chosen}`,
  `Credentials: ${countWords(credentialCounts(explanation))}`,
  ...explanation.candidates.flatMap((candidate, index) => [
    `${index + 1}. ${candidate.profile} (${candidate.kind}): ${stateWords[candidate.state]}, ` +
      `${placeWords[candidate.place]}`,
    ...candidate.obstacles.map(
      (obstacle) =>
        `   cooling down, ${Duration.short(obstacle.until - now)} left: ${Window.inWords(obstacle)}`
    )
  ]),
  ...listIf(explanation.candidates.length > 1, moving),
  ...explanation.rejected.flatMap(({ cure, detail, profile, reason }) => [
    `-  ${profile}: ` +
      `${rejectionWords(reason, detail)}${textOf(detail, (detail) => ` (${detail})`)}`,
    ...listOf(cure, (cure) => [`   fix: ${cure}`])
  ])
]

/** The command. */
export const explain = command({
  name: "explain",
  description:
    "Show which credential a request would use now, and why not the others. Sends nothing.",
  examples: ["clawdbot models auth explain --model opus"],
  options: {
    agent: CommandOptions.agent,
    model: CommandOptions.text(
      "model",
      "MODEL",
      "The model asked for, as provider/model or an alias. Default: the default model."
    ),
    json: CommandOptions.json
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const agent = yield* agentFor(values.agent)
      yield* syncClaudeCode(agent.id)
      const { config } = yield* (yield* ConfigStore).load
      const model = values.model === undefined ? undefined : yield* resolve(config, values.model)
      const { explanation, notices } = yield* (yield* StatusReport).explain(agent.id, model)
      for (const notice of notices) yield* io.stderr(`clawdbot: ${notice}`)
      yield* io.stdout(
        values.json ? jsonLines(explanation) : toText(explanation, yield* Clock.currentTimeMillis)
      )
      if (explanation.chosen === undefined) return exit.unavailable
      return exit.done
    })
})
