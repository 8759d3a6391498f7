/**
 * Usage as people ask for it: rows by profile, model, client, agent, time to live, day or hour.
 * Pure.
 */

import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import * as Cost from "./Cost.ts"
import * as Usage from "./Usage.ts"
import { hourMs, type UsageCell } from "./UsageCell.ts"
import type { UsageSpan } from "./UsageLedger.ts"

/** What the rows of a report are about. */
export const groupings = ["profile", "model", "client", "agent", "ttl", "day", "hour"] as const
export type Grouping = (typeof groupings)[number]

const isGrouping = Schema.is(Schema.Literal(...groupings))

/** Groupings as a command line names them, with commas; undefined where one is none. */
export const parseGroupings = (text: string): ReadonlyArray<Grouping> | undefined => {
  const names = [...new Set(text.split(",").map((name) => name.trim()))]
  const known = names.filter(isGrouping)
  if (known.length === names.length) return known
  return undefined
}

/** One row; tokens as in {@link Usage.Usage}. */
export const UsageRow = lazily(() =>
  Schema.Struct({
    /** The values of the groupings that were asked for; days and hours as ISO 8601 in UTC. */
    group: Schema.Record({ key: Schema.String, value: Schema.String }),
    requests: Schema.Number,
    /** Answers that did not tell their usage: their tokens are unknown. */
    unmeasured: Schema.Number,
    input: Schema.Number,
    output: Schema.Number,
    cacheRead: Schema.Number,
    cacheWrite5m: Schema.Number,
    cacheWrite1h: Schema.Number,
    cacheWriteOther: Schema.Number,
    /** The share of all prompt tokens that came out of the cache, 0 to 1; null without any. */
    cacheHit: Schema.NullOr(Schema.Number),
    /** What the answers to API keys were billed, in USD; null where no answer has a known price. */
    billedUsd: Schema.NullOr(Schema.Number),
    /**
     * What the answers to subscriptions would have cost with an API key, in USD; null as
     * `billedUsd`.
     */
    listUsd: Schema.NullOr(Schema.Number),
    /** Answers without a known price, which are in neither sum. */
    unpriced: Schema.Number
  })
)
export type UsageRow = typeof UsageRow.Type

/** A report over a span of time. Epoch ms. */
export const UsageReport = lazily(() =>
  Schema.Struct({
    since: Schema.Number,
    until: Schema.Number,
    by: Schema.Array(Schema.Literal(...groupings)),
    rows: Schema.Array(UsageRow),
    total: UsageRow
  })
)
export type UsageReport = typeof UsageReport.Type

const iso = (hour: number): string => EpochMs.toIso(hour * hourMs)

const valueOf = (cell: UsageCell, grouping: Grouping): string => {
  switch (grouping) {
    case "day":
      return iso(cell.hour).slice(0, 10)
    case "hour":
      return `${iso(cell.hour).slice(0, 13)}:00Z`
    default:
      return cell[grouping]
  }
}

const row = (
  group: Readonly<Record<string, string>>,
  cells: ReadonlyArray<UsageCell>
): UsageRow => {
  const usage = cells.reduce((sum, cell) => Usage.add(sum, cell.usage), Usage.zero)
  const cost = cells.reduce<Cost.Cost | undefined>(
    (sum, cell) => Cost.add(sum, cell.cost),
    undefined
  )
  const requests = cells.reduce((sum, cell) => sum + cell.requests + cell.unmeasured, 0)
  return {
    group,
    requests,
    unmeasured: cells.reduce((sum, cell) => sum + cell.unmeasured, 0),
    ...usage,
    cacheHit: Usage.cacheHit(usage) ?? null,
    billedUsd: cost?.billed ?? null,
    listUsd: cost?.list ?? null,
    unpriced: Math.max(0, requests - (cost?.priced ?? 0))
  }
}

const byTimeThenTokens = (one: UsageRow, other: UsageRow): number => {
  const [mine, theirs] = [one, other].map(({ group }) => group.hour ?? group.day ?? "")
  if (mine !== undefined && theirs !== undefined && mine !== theirs) {
    if (mine < theirs) return -1
    return 1
  }
  return Usage.prompt(other) + other.output - Usage.prompt(one) - one.output
}

/**
 * The rows of the cells that fall into the span: in the order of time where they are by time, else
 * the largest first.
 */
export const make = (
  cells: ReadonlyArray<UsageCell>,
  { since, until }: UsageSpan,
  by: ReadonlyArray<Grouping>
): UsageReport => {
  const within = cells.filter(
    ({ hour }) => hour >= Math.floor(since / hourMs) && hour * hourMs < until
  )
  const groups = new Map<
    string,
    { readonly group: Record<string, string>; readonly cells: Array<UsageCell> }
  >()
  for (const cell of within) {
    const values = by.map((grouping) => valueOf(cell, grouping))
    const name = JSON.stringify(values)
    const known = groups.get(name)
    if (known === undefined) {
      groups.set(name, {
        group: Object.fromEntries(by.map((grouping, index) => [grouping, values[index] ?? ""])),
        cells: [cell]
      })
    } else known.cells.push(cell)
  }
  const rows = [...groups.values()]
    .map((found) => row(found.group, found.cells))
    .sort(byTimeThenTokens)
  return { since, until, by: [...by], rows, total: row({}, within) }
}
