/**
 * `clawdbot models status`: which profile answers next and why, what rests, what ends
 * (docs/formats.md).
 */

import type { Agent } from "@clawdbot/domain/Agent/AgentRegistry"
import { defined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { check } from "@clawdbot/domain/Status/buildStatus"
import type { ProbeOptions, Probes } from "@clawdbot/domain/Status/Probe"
import type { StatusDocument } from "@clawdbot/domain/Status/StatusDocument"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import { syncClaudeCode, tellUnused } from "../../claudeCode.ts"
import { command, type Values } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { forecastsOf, withForecasts } from "../../forecasts.ts"
import { line as probeLine, render as renderProbes } from "../../probe/text.ts"
import { renderStatus } from "../../statusText.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { withSpinner } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"

const here = "clawdbot models status"

const options = {
  json: CommandOptions.json,
  verbose: CommandOptions.flag("verbose", "Show every profile with all its limits and cures."),
  watch: CommandOptions.flag(
    "watch",
    "Redraw the report every 2 seconds, as the running gateway sees it."
  ),
  quiet: CommandOptions.flag("quiet", "Print nothing; exit as with --check."),
  plain: CommandOptions.flag("plain", "Print only the default model."),
  check: CommandOptions.flag(
    "check",
    "Exit with 1 if a credential expired or is missing, 2 if one expires within a day, " +
      "3 if all are cooling down."
  ),
  agent: CommandOptions.text(
    "agent",
    "AGENT",
    "The agent to report on. Default: the default agent."
  ),
  probe: CommandOptions.flag("probe", "Send one small real request with each profile."),
  probeProvider: CommandOptions.text("probe-provider", "PROVIDER", "Only this provider."),
  probeProfile: CommandOptions.texts(
    "probe-profile",
    "PROFILE",
    "Only these profiles (repeatable, or comma-separated)."
  ),
  probeTimeout: CommandOptions.positiveNumber(
    "probe-timeout",
    "MS",
    "Time limit of one probe in ms. Default 8000.",
    8_000
  ),
  probeConcurrency: CommandOptions.positiveNumber(
    "probe-concurrency",
    "N",
    "How many probes run at once. Default 2.",
    2
  ),
  probeMaxTokens: CommandOptions.positiveNumber(
    "probe-max-tokens",
    "N",
    "Longest response of a probe in tokens. Default 8.",
    8
  )
}

/** Options of which each wants another output. */
const exclusive = [
  ["probe", "plain"],
  ["quiet", "json"],
  ["quiet", "plain"],
  ["quiet", "verbose"],
  ["watch", "json"],
  ["watch", "plain"],
  ["watch", "quiet"],
  ["watch", "check"],
  ["watch", "probe"]
] as const

const misuse = (values: Values<typeof options>, isTerminal: boolean): UsageError | undefined => {
  const pair = exclusive.find(([one, other]) => values[one] && values[other])
  if (pair !== undefined)
    return new UsageError({
      problem: `--${pair[0]} cannot be used with --${pair[1]}`,
      command: here
    })
  if (values.watch && !isTerminal)
    return new UsageError({ problem: "--watch needs a terminal", command: here })
  return undefined
}

const optionsOf = (values: Values<typeof options>): ProbeOptions => {
  const provider = values.probeProvider?.trim()
  return {
    ...defined({ provider: provider === undefined || provider === "" ? undefined : provider }),
    profileIds: values.probeProfile
      .flatMap((text) => text.split(","))
      .flatMap((id) => id.trim() || []),
    timeoutMs: values.probeTimeout,
    concurrency: values.probeConcurrency,
    maxTokens: values.probeMaxTokens
  }
}

/** Nothing to probe is nothing that failed. */
const someAnswered = ({ results }: Probes): boolean =>
  results.length === 0 || results.some(({ status }) => status === "ok")

/** Sends the probes; who sits at a terminal sees how far it is. */
const probed = Effect.fnUntraced(function* (agent: Agent, values: Values<typeof options>) {
  const io = yield* IoStreams
  const { probe } = yield* Effect.promise(() => import("../../probe/probe.ts"))
  const { document } = yield* (yield* StatusReport).report(agent.id)
  const providers = document.auth.oauth.providers.map(({ provider }) => provider)
  const { missing, probes } = yield* withSpinner(
    "waiting for the provider",
    probe(agent, providers, optionsOf(values), (done, total, result) => {
      if (io.interactive) return io.stderr(`clawdbot: ${done} of ${total}, ${probeLine(result)}`)
      return Effect.void
    })
  )
  for (const id of missing) yield* io.stderr(`clawdbot: there is no profile "${id}" to probe`)
  return probes
})

/** The report with what a running gateway foresees of the plans' windows. */
const foreseen = (document: StatusDocument) => {
  const { windows } = document.auth
  if (!windows.some((window) => window.class === "usage")) return Effect.succeed(document)
  return Effect.map(forecastsOf(document.agent), (told) => ({
    ...document,
    auth: { ...document.auth, windows: withForecasts(windows, told) }
  }))
}

/** The command. */
export const status = command({
  name: "status",
  description: "Show the default model, the credentials and which one is used next.",
  examples: ["clawdbot models status --check"],
  options,
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const wrong = misuse(values, io.isTerminal)
      if (wrong !== undefined) return yield* wrong
      const paths = yield* StatePaths
      const reports = yield* StatusReport
      const agent = yield* agentFor(values.agent)
      yield* syncClaudeCode(agent.id)
      if (values.watch) {
        const { watchStatus } = yield* Effect.promise(() => import("../../gateway/watchStatus.ts"))
        return yield* watchStatus(agent, values.verbose)
      }
      const probes = values.probe ? yield* probed(agent, values) : undefined
      const { document: found, notices } = yield* reports.report(agent.id)
      const isShown = !values.quiet && !values.plain
      const report = isShown ? yield* foreseen(found) : found
      const document =
        probes === undefined ? report : { ...report, auth: { ...report.auth, probes } }
      if (!values.quiet) for (const notice of notices) yield* io.stderr(`clawdbot: ${notice}`)
      if (values.quiet) yield* Effect.void
      else if (values.json) yield* io.stdout(jsonLines(document))
      else if (values.plain) yield* io.stdout(document.resolvedDefault)
      else {
        const now = yield* Clock.currentTimeMillis
        const { verbose } = values
        const view = { paths, now, width: io.width, color: io.color, verbose }
        yield* io.stdout(renderStatus(document, view))
        if (probes !== undefined) yield* io.stdout(["", ...renderProbes(probes, io.color)])
        yield* tellUnused()
      }
      if (!values.check && !values.quiet) return exit.done
      const standing = check(document)
      if (standing === exit.done && probes !== undefined && !someAnswered(probes))
        return exit.checkMissing
      return standing
    })
})
