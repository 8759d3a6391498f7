/** What the probes found, for people. Pure; says everything without colour. */

import type { ProbeResult, Probes } from "@clawdbot/domain/Status/Probe"
import { paints } from "../terminal/lines.ts"

const seconds = (ms: number): string => (ms < 1_000 ? `${ms}ms` : `${Math.round(ms / 100) / 10}s`)

const nameOf = (result: ProbeResult): string =>
  `${result.profileId ?? result.label}${result.mode === undefined ? "" : ` (${result.mode})`}`

const statusOf = ({ class: failureClass, latencyMs, status }: ProbeResult): string =>
  `${status === "unknown" && failureClass !== undefined ? failureClass : status}${latencyMs === undefined ? "" : ` · ${seconds(latencyMs)}`}`

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
        `${paint(result.status, statusOf(result), color)}${result.model === undefined ? "" : `  ${result.model}`}`,
      ...(result.error === undefined ? [] : [`    ${result.error.replace(/\s+/g, " ")}`])
    ]),
    `Probed ${totalTargets} ${totalTargets === 1 ? "target" : "targets"} in ${seconds(durationMs)}`
  ]
}
