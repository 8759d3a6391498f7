/**
 * What the provider's prompt cache did in the last hours, by client, model and cause; in memory,
 * bounded: at most {@link maxHours} and {@link maxRows}, of which the oldest hour goes first.
 */
import type { CacheReport, CacheRow } from "./CacheReport.ts"
import { isMiss, lostTokens } from "./cacheCause.ts"

/** So many hours are kept: seven days. */
export const maxHours = 168

/** So many rows of one hour are kept apart; what comes after is counted together. */
export const maxRowsOfHour = 500

/** So many rows of all hours are kept: two megabytes with names of any usual length. */
export const maxRows = 5_000

const hourMs = 3_600_000

/** The client and the model of what is not kept apart. */
const other = "other"

const keyOf = ({ cause, client, model }: Pick<CacheRow, "cause" | "client" | "model">): string =>
  `${cause}\n${model}\n${client}`

/** A row that grows where it is: each request adds to one, and should leave nothing behind. */
type Growing = { -readonly [Key in keyof CacheRow]: CacheRow[Key] }
type Rows = Map<string, Growing>

/** The row of a key, made where it is missing. */
const rowIn = (
  rows: Rows,
  { cause, client, model }: Pick<CacheRow, "cause" | "client" | "model">
): Growing => {
  const key = keyOf({ cause, client, model })
  const known = rows.get(key)
  if (known !== undefined) return known
  const row = { client, model, cause, requests: 0, lostTokens: 0, lostUsd: 0, unpriced: 0 }
  rows.set(key, row)
  return row
}

const addReport = (row: Growing, report: CacheReport): void => {
  const { at, cause, lostUsd } = report
  if (at !== undefined) row.at = at
  row.requests += 1
  row.lostTokens += lostTokens(report)
  row.lostUsd += lostUsd ?? 0
  row.unpriced += Number(isMiss(cause) && lostUsd === undefined)
}

const addRow = (row: Growing, more: CacheRow): void => {
  if (more.at !== undefined) row.at = more.at
  row.requests += more.requests
  row.lostTokens += more.lostTokens
  row.lostUsd += more.lostUsd
  row.unpriced += more.unpriced
}

const byLoss = (one: CacheRow, another: CacheRow): number =>
  another.lostUsd - one.lostUsd ||
  another.lostTokens - one.lostTokens ||
  another.requests - one.requests

/** The hours of one gateway. A `Map` keeps insertion order, so the first hour is the oldest. */
export class CacheHours {
  private readonly hours = new Map<number, Rows>()
  private rows = 0
  /** Epoch ms: what was before is not known any more. */
  private knownFrom = 0

  /** Adds one request that ended at `endedAt`, in epoch ms. */
  add(endedAt: number, client: string, model: string, report: CacheReport): void {
    const hour = Math.floor(endedAt / hourMs)
    const rows = this.hours.get(hour) ?? new Map<string, Growing>()
    this.hours.set(hour, rows)
    const { cause } = report
    const before = rows.size
    const isFull = before >= maxRowsOfHour && !rows.has(keyOf({ cause, client, model }))
    addReport(
      rowIn(rows, isFull ? { cause, client: other, model: other } : { cause, client, model }),
      report
    )
    if (rows.size === before) return
    this.rows += 1
    this.forget()
  }

  private forget(): void {
    for (const [oldest, { size }] of this.hours) {
      if (this.hours.size <= maxHours && this.rows <= maxRows) return
      this.hours.delete(oldest)
      this.rows -= size
      this.knownFrom = (oldest + 1) * hourMs
    }
  }

  /** What is known of the time from the hour of `since` on, in epoch ms. */
  from(since: number): { readonly since: number; readonly rows: ReadonlyArray<CacheRow> } {
    const first = Math.floor(since / hourMs)
    const sums: Rows = new Map()
    for (const [hour, rows] of this.hours)
      if (hour >= first) for (const row of rows.values()) addRow(rowIn(sums, row), row)
    return {
      since: Math.max(first * hourMs, this.knownFrom),
      rows: [...sums.values()].sort(byLoss)
    }
  }
}
