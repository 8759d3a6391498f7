/** A usage report for people: one row a line, figures right-aligned. Pure. */

import { listIf } from "@clawdbot/domain/Document/listIf"
import { printable } from "@clawdbot/domain/Text/printable"
import { textIf } from "@clawdbot/domain/Text/textIf"
import type { UsageReport, UsageRow } from "@clawdbot/domain/Usage/UsageReport"

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",")

const share = (ratio: number | null): string => {
  if (ratio === null) return "-"
  return `${Math.round(ratio * 100)} %`
}

/** A response without usage counts as one that reported none, never as zero tokens. */
const figures = (row: UsageRow): ReadonlyArray<string> => {
  const writes = row.cacheWrite5m + row.cacheWrite1h + row.cacheWriteOther
  return [
    grouped(row.requests),
    grouped(row.input),
    grouped(row.output),
    grouped(row.cacheRead),
    grouped(writes),
    grouped(row.cacheWrite1h),
    share(row.cacheHit),
    grouped(row.unmeasured)
  ]
}

const titles = [
  "requests",
  "input",
  "output",
  "cache read",
  "cache write",
  "1-hour cache writes",
  "cache hit rate",
  "no usage reported"
]

/** The report. `folder` is where the ledger is. */
export const toText = (report: UsageReport, folder: string): ReadonlyArray<string> => {
  if (report.rows.length === 0)
    return [`No usage in this period. The gateway records usage in ${folder}.`]
  const names = (row: UsageRow): ReadonlyArray<string> =>
    report.by.map((grouping) => printable(row.group[grouping] || "-"))
  // The last column is left out where every response reported its usage.
  const shown = report.total.unmeasured > 0 ? titles.length : titles.length - 1
  const lines = [
    [...report.by, ...titles],
    ...report.rows.map((row) => [...names(row), ...figures(row)]),
    ...listIf(report.rows.length > 1, [
      ...report.by.map((_, index) => textIf(index === 0, "total")),
      ...figures(report.total)
    ])
  ].map((line) => line.slice(0, report.by.length + shown))
  const widths = lines.reduce<ReadonlyArray<number>>(
    (known, line) => line.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    []
  )
  const isName = (column: number): boolean => column < report.by.length
  return lines.map((line) =>
    line
      .map((cell, column) =>
        isName(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
      )
      .join("  ")
      .trimEnd()
  )
}
