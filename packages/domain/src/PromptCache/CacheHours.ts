/**
 * What the provider's prompt cache did in the last hours, by client, model and cause; in memory,
 * bounded: at most {@link maxHours} and {@link maxRows}, of which the oldest hour goes first.
 */
import { defined } from "../Document/defined.ts"
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

const sumOf = (one: CacheRow, more: CacheRow): CacheRow => ({
  ...one,
  ...defined({ at: more.at ?? one.at }),
  requests: one.requests + more.requests,
  lostTokens: one.lostTokens + more.lostTokens,
  lostUsd: one.lostUsd + more.lostUsd,
  unpriced: one.unpriced + more.unpriced
})

/** One request as a row. */
const rowOf = (client: string, model: string, report: CacheReport): CacheRow => {
  const { at, cause, lostUsd } = report
  return {
    client,
    model,
    cause,
    ...defined({ at }),
    requests: 1,
    lostTokens: lostTokens(report),
    lostUsd: lostUsd ?? 0,
    unpriced: Number(isMiss(cause) && lostUsd === undefined)
  }
}

type Rows = Map<string, CacheRow>

/** Adds a row to its like; says whether it is a new one. */
const addTo = (rows: Rows, row: CacheRow): boolean => {
  const key = keyOf(row)
  const known = rows.get(key)
  rows.set(key, known === undefined ? row : sumOf(known, row))
  return known === undefined
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
    const rows = this.hours.get(hour) ?? new Map<string, CacheRow>()
    this.hours.set(hour, rows)
    const row = rowOf(client, model, report)
    const isFull = rows.size >= maxRowsOfHour && !rows.has(keyOf(row))
    if (addTo(rows, isFull ? { ...row, client: other, model: other } : row)) this.rows += 1
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
      if (hour >= first) for (const row of rows.values()) addTo(sums, row)
    return {
      since: Math.max(first * hourMs, this.knownFrom),
      rows: [...sums.values()].sort(byLoss)
    }
  }
}
