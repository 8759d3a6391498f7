/** A usage report for people. Pure. */

import { listIf } from "@clawdbot/domain/Document/listIf"
import { printable } from "@clawdbot/domain/Text/printable"
import type { UsageReport, UsageRow } from "@clawdbot/domain/Usage/UsageReport"
import { type Cells, inOneLine, inTwoLines, type Line, widest } from "../terminal/figures.ts"

/** A count as it is shown. */
export type Count = (count: number) => string

/** `219,623,890`. */
export const grouped: Count = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",")

const units = ["", "K", "M", "G", "T"]

/** `219.6M` for 219,623,890: at most six characters. */
export const short: Count = (count) => {
  const steps = Math.max(0, Math.floor((String(count).length - 1) / 3))
  const unit = units[steps]
  if (steps === 0 || unit === undefined) return String(count)
  return `${(Math.floor((count / 1000 ** steps) * 10) / 10).toFixed(1)}${unit}`
}

const share = (ratio: number | null): string => {
  if (ratio === null) return "-"
  return `${Math.round(ratio * 100)} %`
}

/** An amount in USD; what is not known is not zero, and neither is what is less than a cent. */
export const usd = (amount: number | null, count: Count): string => {
  if (amount === null) return "unknown"
  if (amount > 0 && amount < 0.005) return "<0.01"
  if (count === short && amount >= 10_000) return short(Math.round(amount))
  const [whole = "", cents = ""] = amount.toFixed(2).split(".")
  return `${grouped(Number(whole))}.${cents}`
}

/** What the figures of a row are. */
interface Columns {
  readonly headings: readonly [above: Cells, below: Cells]
  readonly of: (row: UsageRow, count: Count) => Cells
  /** Whether the last column has something to say. */
  readonly showsLast: (total: UsageRow) => boolean
}

/** A response without usage counts as one that reported none, never as zero tokens. */
const tokensOf = (row: UsageRow, count: Count): Cells => [
  count(row.requests),
  count(row.input),
  count(row.output),
  count(row.cacheRead),
  count(row.cacheWrite5m + row.cacheWrite1h + row.cacheWriteOther),
  count(row.cacheWrite1h),
  share(row.cacheHit),
  count(row.unmeasured)
]

/** Tokens and requests. */
export const tokenColumns: Columns = {
  headings: [
    ["", "", "", "cache", "cache", "1-hour", "cache", "no usage"],
    ["requests", "input", "output", "read", "write", "writes", "hit rate", "reported"]
  ],
  of: tokensOf,
  showsLast: ({ unmeasured }) => unmeasured > 0
}

/** Money and requests. */
export const costColumns: Columns = {
  headings: [
    ["", "billed", "list price", "price"],
    ["requests", "USD", "USD", "unknown"]
  ],
  of: (row, count) => [
    count(row.requests),
    usd(row.billedUsd, count),
    usd(row.listUsd, count),
    count(row.unpriced)
  ],
  showsLast: ({ unpriced }) => unpriced > 0
}

/** The report. `folder` is where the ledger is, `width` how many columns a line may have. */
export const toText = (
  report: UsageReport,
  folder: string,
  width: number,
  columns: Columns = tokenColumns
): Cells => {
  const { headings } = columns
  if (report.rows.length === 0)
    return [`No usage in this period. The gateway records usage in ${folder}.`]
  const nameOf = (row: UsageRow): Cells =>
    report.by.map((grouping) => printable(row.group[grouping] || "-"))
  // The last column counts what is unknown; it is left out where nothing is.
  const shown = headings[0].length - Number(!columns.showsLast(report.total))
  const blank = report.by.map(() => "")
  const linesWith = (headed: readonly [Cells, Cells], count: Count): ReadonlyArray<Line> =>
    [
      { names: headed[0], figures: headings[0] },
      { names: headed[1], figures: headings[1] },
      ...report.rows.map((row) => ({ names: nameOf(row), figures: columns.of(row, count) })),
      ...listIf(report.rows.length > 1, {
        names: blank.with(0, "total"),
        figures: columns.of(report.total, count)
      })
    ].map(({ figures, names }) => ({ names, figures: figures.slice(0, shown) }))
  const whole = inOneLine(linesWith([blank, report.by], grouped))
  if (widest(whole) <= width) return whole
  const exact = linesWith([report.by, blank], grouped)
  const isNarrow = widest(inOneLine(exact.map((line) => ({ ...line, names: [""] })))) <= width
  return inTwoLines(isNarrow ? exact : linesWith([report.by, blank], short), width)
}
