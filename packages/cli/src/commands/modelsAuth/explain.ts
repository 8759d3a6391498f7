/**
 * `clawdbot models auth explain`: which profile a request would get now, why, why not the others,
 * and when each comes back.
 */

import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { byConversation, placeWords, rejectionText } from "@clawdbot/domain/Auth/explanationWords"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { countWords, credentialCounts } from "@clawdbot/domain/Status/credentialCounts"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { syncClaudeCode } from "../../claudeCode.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { kinds, nextWords, obstacleLines, standing } from "../../explanationText.ts"
import { forecastsOf, type ToldWindow } from "../../forecasts.ts"
import { allForecastLines } from "../../forecastText.ts"
import { quotaLines } from "../../quotaText.ts"
import { shellWord } from "../../shownCommand.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines, paints } from "../../terminal/lines.ts"
import { agentFor } from "../agentFor.ts"
import { resolve } from "../models/modelEdits.ts"

/** What a change of the credential costs, for whoever sees that there is another one. */
const moving =
  "A conversation stays on its credential while that is usable; one that moves loses its " +
  "prompt cache and its earlier reasoning."

/** Which models may answer in place of the one that is explained, and what that costs. */
const fallbackLines = ({ fallbacks, model }: Explanation): ReadonlyArray<string> => {
  if (fallbacks === undefined || model === undefined) return []
  if (fallbacks.length === 0)
    return [`Other models: none answers for ${model}; it is not in the list, or the last of it.`]
  return [
    `Other models: if no credential can answer with ${model}, the gateway uses ` +
      `${fallbacks.join(", then ")}.`,
    "Another model begins with a cold prompt cache, and the thinking of this one is dropped."
  ]
}

/** It is read by programs too, and has no colour of its own. */
const plain = paints(false)

/** How long ago it expired, in ms; undefined for every other reason. */
const expiredMs = (
  { detail, reason }: Explanation["rejected"][number],
  now: number
): number | undefined => {
  if (reason !== "expired" || detail === undefined) return undefined
  return now - Date.parse(detail)
}

const toText = (
  explanation: Explanation,
  windows: ReadonlyArray<ToldWindow>,
  now: number
): ReadonlyArray<string> => [
  `Agent ${explanation.agent}, provider ` +
    `${explanation.provider}${textOf(explanation.model, (model) => `, model ${model}`)}`,
  `Next credential: ${nextWords(explanation, now, plain)}`,
  `Credentials: ${countWords(credentialCounts(explanation))}`,
  ...explanation.candidates.flatMap((candidate, index) => [
    `${index + 1}. ${candidate.profile} (${kinds[candidate.kind]}): ` +
      `${standing(explanation, candidate, now, plain)}; ${placeWords[candidate.place]}`,
    ...obstacleLines(candidate, now).map((line) => `   ${line}`),
    ...allForecastLines(windows, candidate.profile, now).map((line) => `   ${line}`),
    ...quotaLines(explanation, candidate, windows, now).map((line) => `   ${line}`)
  ]),
  ...listIf(explanation.candidates.length > 1, moving),
  ...listIf(explanation.byConversation === true, byConversation),
  ...fallbackLines(explanation),
  ...explanation.rejected.flatMap((entry) => [
    `-  ${entry.profile}: ${rejectionText(entry, expiredMs(entry, now))}`,
    ...listOf(entry.cure, (cure) => [`   fix: ${cure}`])
  ]),
  ...listIf(
    explanation.candidates.length + explanation.rejected.length === 0,
    `fix: clawdbot onboard --agent ${shellWord(explanation.agent)}`
  )
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
      if (values.json) yield* io.stdout(jsonLines(explanation))
      else {
        const windows = yield* forecastsOf(agent.id)
        yield* io.stdout(toText(explanation, windows, yield* Clock.currentTimeMillis))
      }
      if (explanation.chosen === undefined) return exit.unavailable
      return exit.done
    })
})
