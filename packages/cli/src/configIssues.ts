import type { ConfigInvalid, ConfigIssue } from "@clawdbot/domain/Config/ConfigError"
import { printable } from "@clawdbot/domain/Text/printable"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"

/** One fault of a config with its place, the offending line and a caret; without the cure. */
export const issuePlace = (issue: ConfigIssue, path: string): ReadonlyArray<string> => {
  const { place } = issue
  const at =
    place === undefined
      ? path
      : `${place.file}${textOf(place.line, (line) => `:${line}:${place.column ?? 1}`)}`
  if (place?.source === undefined) return [at]
  const number = String(place.line ?? "")
  // The same width for both, so that the caret stands below the fault whatever the line holds.
  const shown = (source: string) => printable(source.replaceAll("\t", "  "))
  const lead = " ".repeat(shown(place.source.slice(0, (place.column ?? 1) - 1)).length)
  const caret = place.column === undefined ? [] : [`${" ".repeat(number.length)} | ${lead}^`]
  return [at, `${number} | ${shown(place.source)}`, ...caret]
}

export const configIssues = (error: ConfigInvalid): ReadonlyArray<string> =>
  error.issues.flatMap((issue) => {
    const [at = error.path, ...source] = issuePlace(issue, error.path)
    const what = `${textIf(issue.path !== "<root>", `${issue.path}: `)}${issue.problem}`
    const cure = issue.cure === undefined ? [] : [`→ ${issue.cure}`]
    return [...[at, what, ...source, ...cure].map((line) => `  ${line}`), ""]
  })
