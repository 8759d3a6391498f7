/** The findings of `doctor` for people. Total and pure; says everything without colour. */

import { listIf } from "@clawdbot/domain/Document/listIf"
import type { Finding, Severity } from "@clawdbot/domain/Status/Finding"
import { textIf } from "@clawdbot/domain/Text/textIf"
import { issuePlace } from "../configIssues.ts"
import { type Paints, paints } from "../terminal/lines.ts"

/** What was done, and what is left to the person. */
export interface Outcome {
  readonly findings: ReadonlyArray<Finding>
  /** A line for each repair that was made. */
  readonly repaired: ReadonlyArray<string>
  /** Whether there are repairs that were not made. */
  readonly pending: ReadonlyArray<Finding>
}

const colors: Readonly<Record<Severity, keyof Paints>> = {
  problem: "bad",
  warning: "warn",
  note: "note"
}

const block = (finding: Finding, color: boolean): ReadonlyArray<string> => {
  const { alternatives = [], details, fix, issue, severity, what, why } = finding
  const mark = paints(color)[colors[severity]](severity)
  const place = issue?.place === undefined ? [] : issuePlace(issue, issue.place.file)
  return [
    `${mark}: ${what}`,
    ...[...place, ...details].map((line) => `  ${line}`),
    `  why: ${why}`,
    `  fix: ${fix}`,
    ...alternatives.map((way) => `   or: ${way}`),
    ""
  ]
}

const count = (findings: ReadonlyArray<Finding>, severity: Severity): string | undefined => {
  const found = findings.filter((finding) => finding.severity === severity).length
  if (found === 0) return undefined
  return `${found} ${severity}${textIf(found !== 1, "s")}`
}

/** What was found, a block each. */
export const renderFindings = (
  findings: ReadonlyArray<Finding>,
  color: boolean
): ReadonlyArray<string> => findings.flatMap((finding) => block(finding, color)).slice(0, -1)

/** What was done about it, and what is left. */
export const renderOutcome = ({ findings, pending, repaired }: Outcome): ReadonlyArray<string> => {
  const counts = (["problem", "warning", "note"] as const).flatMap(
    (severity) => count(findings, severity) ?? []
  )
  const consent = pending.some(
    ({ repair }) => repair?._tag === "RenameProfile" || repair?._tag === "MoveFolder"
  )
  const offer = listIf(
    pending.length !== 0,
    `${pending.length} can be repaired: clawdbot doctor --fix${textIf(consent, " --yes")}`
  )
  return [
    ...listIf(findings.length !== 0, ""),
    ...repaired.map((line) => `repaired: ${line}`),
    findings.length === 0 ? "No problems found." : `Found ${counts.join(", ")}.`,
    ...offer
  ]
}
