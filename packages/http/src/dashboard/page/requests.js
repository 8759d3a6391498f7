// @ts-check
// The recent requests, each with the attempts that explain its response.
import { h } from "./dom.js"
import { classWords, clockTime, iso, took } from "./words.js"

/**
 * @typedef {{ profile: string, startedAt: number, endedAt: number, result: string, failureClass?:
 * string, status?: number }} Attempt
 */
/**
 * @typedef {{
 *   id: number, startedAt: number, endedAt: number, method: string, path: string, status: number,
 *   model?: string, agent?: string, client?: string, attempts: Attempt[], refused?: string
 * }} RequestRecord
 */

/** So many are shown. */
export const shown = 25

/** @param {Attempt} attempt */
const attemptText = ({ endedAt, failureClass, profile, result, startedAt, status }) => {
  const why =
    failureClass === undefined
      ? ""
      : ` (${classWords(failureClass)}${status === undefined ? "" : ` ${status}`})`
  return `${profile} ${result}${why} in ${took(endedAt - startedAt)}`
}

/** @param {number} status */
const level = (status) => {
  if (status >= 200 && status < 400) return "good"
  if (status === 0) return "muted"
  return "bad"
}

/**
 * @param {RequestRecord} record
 * @param {boolean} isNew
 */
const row = (
  { agent, attempts, client, endedAt, id, method, model, path, refused, startedAt, status },
  isNew
) =>
  h(
    "tr",
    { "data-request": id, class: isNew ? "new" : "" },
    h(
      "td",
      { "data-label": "Time" },
      h("time", { datetime: iso(startedAt) }, clockTime(startedAt))
    ),
    h(
      "td",
      { "data-label": "Model" },
      model ?? "",
      h("div", { class: "muted" }, `${method} ${path}`)
    ),
    h(
      "td",
      { "data-label": "Client" },
      client ?? "default token",
      agent !== undefined && h("div", { class: "muted" }, `agent ${agent}`)
    ),
    h(
      "td",
      { "data-label": "Status" },
      h("span", { class: level(status) }, status === 0 ? "client disconnected" : String(status)),
      ` in ${took(endedAt - startedAt)}`
    ),
    h(
      "td",
      { "data-label": "Attempts" },
      ...attempts.map((attempt, index) =>
        h(
          "div",
          { "data-attempt": attempt.profile },
          `${index > 0 ? "→ " : ""}${attemptText(attempt)}`
        )
      ),
      refused !== undefined && h("div", { class: "bad" }, refused)
    )
  )

/**
 * The table, newest first.
 * @param {RequestRecord[]} records
 * @param {number | undefined} newest the id that was the newest before
 */
export const table = (records, newest) => {
  if (records.length === 0)
    return h(
      "p",
      { class: "empty" },
      "No requests yet. Point a client at this gateway, with the client token as its API key."
    )
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...["Time", "Model", "Client", "Status", "Attempts"].map((name) =>
          h("th", { scope: "col" }, name)
        )
      )
    ),
    h(
      "tbody",
      {},
      ...records
        .slice(0, shown)
        .map((record) => row(record, newest !== undefined && record.id > newest))
    )
  )
}
