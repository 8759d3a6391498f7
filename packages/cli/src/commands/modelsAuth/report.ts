/**
 * `clawdbot models auth report`: for programs that send requests with a credential from
 * `print-token`, to say what the provider answered, so that the next one gets another
 * credential (decision D50).
 */

import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { readRetryAfter } from "@clawdbot/domain/Health/answerHeaders"
import { maxReportBody } from "@clawdbot/domain/Health/reportedAnswer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import * as Input from "../../input.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { askingGateway } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"

const wrong = (problem: string) =>
  new UsageError({ problem, command: "clawdbot models auth report" })

/** The status that was answered; a report without one says nothing. */
const statusOf = (text: string | undefined) => {
  if (text === undefined) return wrong("--status is missing")
  if (/^[1-5]\d\d$/.test(text.trim())) return Effect.succeed(Number(text))
  return wrong(`--status must be an HTTP status from 100 to 599, not "${text}"`)
}

/** The header as it came; a text that is no time is a mistake here, not the provider's word. */
const retryAfterOf = (text: string | undefined, now: number) => {
  if (text === undefined) return Effect.succeed(undefined)
  const at = readRetryAfter((name) => (name === "retry-after" ? text : undefined), now)
  if (at !== undefined || Number(text) === 0) return Effect.succeed(text)
  return wrong(`--retry-after must be seconds or an HTTP date in the future, not "${text}"`)
}

/** The command. */
export const report = command({
  name: "report",
  description:
    "Report what the provider answered to a request sent with print-token's credential. Counts " +
    "for at most an hour.",
  examples: ["clawdbot models auth report anthropic:default --status 429 --retry-after 30"],
  options: {
    status: CommandOptions.text("status", "STATUS", "The HTTP status of the answer. Required."),
    retryAfter: CommandOptions.text(
      "retry-after",
      "SECONDS",
      "The answer's retry-after header: seconds or a date."
    ),
    model: CommandOptions.text(
      "model",
      "MODEL",
      "The model asked for, as it was sent. Default: unknown, so that all are meant."
    ),
    version: CommandOptions.text(
      "version",
      "FINGERPRINT",
      "The fingerprint that print-token --json gave; a report about an older secret is ignored."
    ),
    body: CommandOptions.text(
      "body",
      "FILE",
      "The answer's body, for its reason; - is standard input."
    ),
    agent: CommandOptions.agent,
    json: CommandOptions.json
  },
  args: { profile: CommandOptions.profileArgument },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const status = yield* statusOf(values.status)
      const retryAfter = yield* retryAfterOf(values.retryAfter, yield* Clock.currentTimeMillis)
      const agent = yield* agentFor(values.agent)
      const body = values.body === undefined ? undefined : yield* Input.fromFile(values.body)
      const given = {
        agent: agent.id,
        profile: values.profile,
        status,
        retryAfter,
        model: values.model,
        version: values.version,
        body: ifDefined(body, (text) => Redacted.value(text).slice(0, maxReportBody))
      }
      const fromGateway = yield* Effect.promise(() => import("../../token/fromGateway.ts"))
      const taken = yield* askingGateway(
        fromGateway.takeReport((yield* StatePaths).stateDir, given)
      )
      const here = Effect.flatMap(
        Effect.promise(() => import("../../token/direct.ts")),
        ({ takeReport }) => takeReport(given)
      )
      const outcome = Option.isSome(taken) ? taken.value : yield* here
      yield* io.stdout(values.json ? jsonLines(outcome) : outcome.message)
      return exit.done
    })
})
