// @ts-check
// The report of usage, cut into the viewer's own days or hours, for one agent or all.
import { midnight } from "./words.js"

/**
 * @typedef {{
 * group: Record<string, string>, requests: number, unmeasured: number, input: number, output:
 * number,
 * cacheRead: number, cacheWrite5m: number, cacheWrite1h: number, cacheWriteOther: number, cacheHit:
 * number | null, billedUsd: number | null, listUsd: number | null, unpriced: number }} Row
 */
/** @typedef {{ since: number, until: number, rows: Row[], total: Row }} Report */

/**
 * @typedef {{ since: number, until: number, isDay: boolean, unit: "day" | "hour", starts: number[]
 * }} Span a span of time, epoch ms, with the starts of its bars
 */

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** A longer span has a bar for each day. */
const maxHours = 48

/** The tokens of a prompt, cached or not. @param {Row} row */
export const prompt = ({ cacheRead, cacheWrite1h, cacheWrite5m, cacheWriteOther, input }) =>
  input + cacheRead + cacheWrite5m + cacheWrite1h + cacheWriteOther
/** All tokens. @param {Row} row */
export const tokens = (row) => prompt(row) + row.output

/**
 * The starts of the days or hours of a span.
 * @param {number} since epoch ms
 * @param {number} until epoch ms
 * @param {boolean} isDay
 */
const startsOf = (since, until, isDay) => {
  const first = isDay ? midnight(since, 0) : Math.floor(since / hourMs) * hourMs
  const starts = []
  for (let at = first; at < until; at = isDay ? midnight(first, starts.length) : at + hourMs)
    starts.push(at)
  return starts
}

/**
 * The span that was chosen; undefined where its two dates are none. Days are the viewer's own: the
 * gateway counts by hours, or by days of Greenwich where those are the same.
 * @param {string} choice days, or `custom`
 * @param {string} from a date
 * @param {string} to a date, which is in it
 * @param {number} now epoch ms
 * @returns {Span | undefined}
 */
export const spanOf = (choice, from, to, now) => {
  const isCustom = choice === "custom"
  const until = isCustom ? midnight(Date.parse(`${to}T00:00`), 1) : Math.round(now) + 1
  const since = isCustom ? Date.parse(`${from}T00:00`) : until - Number(choice) * dayMs
  if (!(since < until) || since < 0) return undefined
  const isDay = until - since > maxHours * hourMs
  const starts = startsOf(since, until, isDay)
  const isGreenwich = starts.every((at) => at % dayMs === 0)
  return { since, until, isDay, unit: isDay && isGreenwich ? "day" : "hour", starts }
}

/**
 * The rows of each bar.
 * @param {Row[]} rows
 * @param {number[]} starts
 */
export const buckets = (rows, starts) => {
  /** @type {Row[][]} */
  const inTime = starts.map(() => [])
  for (const row of rows) {
    const at = Date.parse(row.group.hour ?? `${row.group.day}T00:00Z`)
    const next = starts.findIndex((start) => start > at)
    // What began in the hour before the first bar belongs to it.
    inTime[Math.max(0, (next < 0 ? starts.length : next) - 1)]?.push(row)
  }
  return inTime
}

const counted = /** @type {const} */ ([
  "requests",
  "unmeasured",
  "input",
  "output",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheWriteOther",
  "unpriced"
])

/** In USD; null where no price is known. */
const costs = /** @type {const} */ (["billedUsd", "listUsd"])

/**
 * @param {Row[]} rows
 * @param {Record<string, string>} group
 * @returns {Row}
 */
const sum = (rows, group) => {
  const total = { group, ...Object.fromEntries(counted.map((key) => [key, 0])) }
  const all = /** @type {Row} */ ({ ...total, cacheHit: null, billedUsd: null, listUsd: null })
  for (const row of rows) {
    for (const key of counted) all[key] += row[key]
    for (const key of costs) {
      const usd = row[key]
      if (usd !== null) all[key] = (all[key] ?? 0) + usd
    }
  }
  if (prompt(all) > 0) all.cacheHit = all.cacheRead / prompt(all)
  return all
}

/**
 * What one agent used; of all where none is named.
 * @param {Report} report
 * @param {string} agent
 * @returns {Report}
 */
export const ofAgent = (report, agent) => {
  if (agent === "") return report
  const rows = report.rows.filter(({ group }) => group.agent === agent)
  return { ...report, rows, total: sum(rows, {}) }
}

/**
 * The rows of a report without their times, one for each group.
 * @param {Report} report
 * @param {string} by
 */
export const byGroup = ({ rows }, by) => {
  /** @type {Map<string, Row[]>} */
  const groups = new Map()
  for (const row of rows) {
    const name = row.group[by] ?? ""
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  return [...groups].map(([name, all]) => sum(all, { [by]: name }))
}

/** A report as a table of a file. @param {Report} report */
export const exported = ({ rows }) => {
  const groups = Object.keys(rows[0]?.group ?? {})
  return {
    columns: [...groups, ...counted, ...costs],
    rows: rows.map((row) => [
      ...groups.map((name) => row.group[name]),
      ...counted.map((key) => row[key]),
      ...costs.map((key) => row[key])
    ])
  }
}
