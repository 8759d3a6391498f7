/** What the probes found, for people. Pure; says everything without colour. */

import type { ProbeResult, Probes } from "@clawdbot/domain/Status/Probe"
import { textOf } from "@clawdbot/domain/Text/textIf"
import { paints } from "../terminal/lines.ts"

const seconds = (ms: number): string => {
  if (ms < 1_000) return `${ms}ms`
  return `${Math.round(ms / 100) / 10}s`
}

const nameOf = (result: ProbeResult): string =>
  `${result.profileId ?? result.label}${textOf(result.mode, (mode) => ` (${mode})`)}`

const statusOf = ({ class: failureClass, latencyMs, status }: ProbeResult): string => {
  const shown = status === "unknown" ? (failureClass ?? status) : status
  return `${shown}${textOf(latencyMs, (ms) => ` · ${seconds(ms)}`)}`
}

/** One result in a line: for progress. */
export const line = (result: ProbeResult): string => `${nameOf(result)}: ${statusOf(result)}`

const paint = (status: ProbeResult["status"], text: string, color: boolean): string => {
  const { bad, good, warn } = paints(color)
  if (status === "ok") return good(text)
  if (status === "rate_limit") return warn(text)
  return bad(text)
}

/** The part of the report. */
export const render = (
  { durationMs, results, totalTargets }: Probes,
  color: boolean
): ReadonlyArray<string> => {
  const width = Math.max(0, ...results.map((result) => nameOf(result).length))
  return [
    "Auth probes",
    ...(results.length === 0 ? ["- none"] : []),
    ...results.flatMap((result) => [
      `- ${nameOf(result).padEnd(width)}  ` +
        paint(result.status, statusOf(result), color) +
        textOf(result.model, (model) => `  ${model}`),
      ...(result.error === undefined ? [] : [`    ${result.error.replace(/\s+/g, " ")}`])
    ]),
    `Probed ${totalTargets} ${totalTargets === 1 ? "target" : "targets"} in ${seconds(durationMs)}`
  ]
}
