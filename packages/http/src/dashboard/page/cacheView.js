// @ts-check
// What the provider's prompt cache did: of one request, and of many by client, model and cause.
import { h } from "./dom.js"
import * as words from "./healthWords.js"
import { dollars, percent, whole } from "./words.js"

/**
 * @typedef {{ cause: string, at?: string, read: number, written: number, expected: number,
 * lostUsd?: number, provider?: string }} CacheReport
 */
/**
 * @typedef {{ client: string, model: string, cause: string, at?: string, requests: number,
 * lostTokens: number, lostUsd: number, unpriced: number }} CacheRow
 */
/** @typedef {{ enabled: boolean, since: number, rows: CacheRow[] }} CacheSummary */

const causes = new Map(Object.entries(words.causes))

/** Whether tokens were not read that could have been. @param {string} cause */
export const isMiss = (cause) => causes.get(cause)?.isMiss === true

/** @param {string} cause */
const name = (cause) => cause.replaceAll("_", " ")

/** What was lost, as far as it is known. @param {Pick<CacheRow, "lostUsd" | "unpriced">} row */
const lost = ({ lostUsd, unpriced }) => dollars(lostUsd === 0 && unpriced > 0 ? null : lostUsd)

/**
 * The cause of a request, and below it what it cost or what was read.
 * @param {CacheReport | undefined} report
 * @returns {(Node | string)[]}
 */
export const cell = (report) => {
  if (report === undefined) return []
  const { cause, expected, lostUsd, read } = report
  const isMissed = isMiss(cause)
  const about = isMissed ? `lost ${dollars(lostUsd ?? null)}` : `${whole(read)} read`
  return [
    h("div", { class: `line1 ${isMissed ? "warn" : ""}` }, name(cause)),
    h("div", { class: "muted line1" }, isMissed || read > 0 || expected > 0 ? about : "")
  ]
}

/**
 * Everything about a request, as pairs of a name and a text.
 * @param {CacheReport} report
 * @returns {[string, string][]}
 */
export const facts = ({ at, cause, expected, lostUsd, provider, read, written }) => {
  const cure = causes.get(cause)?.cure
  /** @type {[string, string][]} */
  const found = [
    ["Prompt cache", `${name(cause)}${at === undefined ? "" : `: ${at}`}`],
    ["Cache tokens", `${whole(read)} read of ${whole(expected)}, ${whole(written)} written`]
  ]
  if (isMiss(cause)) found.push(["Lost by the miss", dollars(lostUsd ?? null)])
  if (provider !== undefined) found.push(["Provider's reason", provider])
  if (cure !== undefined) found.push(["To cure it", cure])
  return found
}

/** The share of hits among the messages that could have read something. @param {CacheRow[]} rows */
export const hitShare = (rows) => {
  const count = (/** @type {(cause: string) => boolean} */ of) =>
    rows.filter(({ cause }) => of(cause)).reduce((sum, { requests }) => sum + requests, 0)
  const hits = count((cause) => cause === "hit")
  const all = hits + count(isMiss)
  return all === 0 ? undefined : hits / all
}

const columns = ["Model", "Cause", "Requests", "Tokens lost", "Lost"]

/** @param {CacheRow} row */
const line = (row) => {
  const { at, cause, client, lostTokens, model, requests } = row
  /** @param {string | undefined} label @param {string} text */
  const number = (label, text) => h("td", { class: "number", "data-label": label }, text)
  return h(
    "tr",
    { "data-cause": cause },
    h("th", { scope: "row" }, client || "default token"),
    h("td", { "data-label": columns[0] }, model),
    h(
      "td",
      { "data-label": columns[1] },
      h("div", { class: isMiss(cause) ? "warn" : "" }, name(cause)),
      at === undefined ? undefined : h("div", { class: "muted" }, `last: ${at}`)
    ),
    number(columns[2], whole(requests)),
    number(columns[3], whole(lostTokens)),
    number(columns[4], lost(row))
  )
}

/** What a cause is, and what ends it, where something does. @param {string} cause */
export const aboutCause = (cause) => {
  const known = causes.get(cause)
  if (known?.cure === undefined) return undefined
  return `The request ${known.what}. To cure it: ${known.cure}.`
}

/** What ends each of the causes. @param {CacheRow[]} rows */
const cures = (rows) => {
  const found = [...new Set(rows.map(({ cause }) => cause))].flatMap((cause) => {
    const words = aboutCause(cause)
    return words === undefined ? [] : [h("dt", {}, name(cause)), h("dd", {}, words)]
  })
  return found.length === 0 ? undefined : h("dl", { class: "pairs" }, ...found)
}

/** The table of a day. @param {CacheSummary} summary */
export const view = ({ enabled, rows }) => {
  if (!enabled && rows.length === 0)
    return [
      h(
        "p",
        { class: "empty" },
        "Not observed: gateway.cacheCauses is false. ",
        h("code", {}, "clawdbot config set gateway.cacheCauses true")
      )
    ]
  if (rows.length === 0) return [h("p", { class: "empty" }, "No messages in the last 24 hours.")]
  const share = hitShare(rows)
  return [
    h(
      "p",
      { class: "muted" },
      share === undefined
        ? "Nothing could be read yet."
        : `Hits: ${percent(share)} of the messages that could have read something.`
    ),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...["Client", ...columns].map((text, index) =>
            h("th", { scope: "col", class: index > 2 ? "number" : undefined }, text)
          )
        )
      ),
      h("tbody", {}, ...rows.map(line))
    ),
    cures(rows)
  ].filter((part) => part !== undefined)
}
