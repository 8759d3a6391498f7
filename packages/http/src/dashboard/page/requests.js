// @ts-check
// The requests, each with the attempts that explain its response.
import * as Cache from "./cacheView.js"
import { h, s } from "./dom.js"
import { clientOf } from "./requestList.js"
import { classWords, clockTime, iso, took } from "./words.js"

/** @typedef {import("./requestList.js").RequestRecord} RequestRecord */
/** @typedef {import("./requestList.js").Attempt} Attempt */

/** @param {Attempt} attempt */
const attemptText = (attempt) => {
  const { endedAt, failureClass, heldMs, model, profile, result, startedAt, status } = attempt
  const why =
    failureClass === undefined
      ? ""
      : ` (${classWords(failureClass)}${status === undefined ? "" : ` ${status}`})`
  const other = model === undefined ? "" : ` with ${model}`
  const wait = heldMs === undefined ? "" : `, after waiting ${took(heldMs)} for it`
  return `${profile} ${result}${other}${why} in ${took(endedAt - startedAt)}${wait}`
}

/** @param {number} status */
const level = (status) => {
  if (status >= 200 && status < 400) return "good"
  if (status === 0) return "muted"
  return "bad"
}

/** @param {RequestRecord} record */
const statusWords = ({ status }) => (status === 0 ? "client disconnected" : String(status))

/** How long the answer took to begin, where one did. @param {RequestRecord} record */
const firstByte = ({ firstByteAt, startedAt }) =>
  firstByteAt === undefined ? undefined : took(firstByteAt - startedAt)

/**
 * How long it took: of a stream also until it began.
 * @param {RequestRecord} record
 */
const durationWords = (record) => {
  const whole = `in ${took(record.endedAt - record.startedAt)}`
  const beginning = firstByte(record)
  if (beginning === undefined || !record.stream) return whole
  return `${whole}, first byte ${beginning}`
}

/** The headings of the table. */
export const columns = ["Model", "Client", "Status", "Cache", "Attempts"]

/**
 * The row of a request.
 * @param {RequestRecord} record
 * @returns {import("./slots.js").Row}
 */
export const row = (record) => {
  const { agent, attempts, id, method, model, path, refused, startedAt, status } = record
  const last = attempts.at(-1)
  const more = attempts.length - 1
  return {
    key: String(id),
    name: clockTime(startedAt),
    attributes: { "data-request": String(id) },
    cells: [
      [`#${id}`],
      [
        h("div", { class: "line1" }, model ?? ""),
        h("div", { class: "muted line1" }, `${method} ${path}`)
      ],
      [
        h("div", { class: "line1" }, clientOf(record)),
        h("div", { class: "muted line1" }, agent === undefined ? "" : `agent ${agent}`)
      ],
      [
        h("div", { class: `line1 ${level(status)}` }, statusWords(record)),
        h("div", { class: "muted line1" }, durationWords(record))
      ],
      Cache.cell(record.cache),
      [
        h("div", { class: "line1" }, last === undefined ? (refused ?? "") : attemptText(last)),
        h(
          "div",
          { class: "muted line1" },
          more > 0 ? `after ${more} other ${more === 1 ? "attempt" : "attempts"}` : ""
        )
      ]
    ]
  }
}

/** The attempts over the time of the request. @param {RequestRecord} record */
const timeline = ({ attempts, endedAt, startedAt }) => {
  const whole = Math.max(1, endedAt - startedAt)
  return h(
    "ol",
    { class: "attempts" },
    ...attempts.map((attempt) =>
      h(
        "li",
        { "data-attempt": attempt.profile },
        h("div", {}, attemptText(attempt)),
        s(
          "svg",
          { class: "span", "aria-hidden": "true" },
          s("rect", {
            x: `${(100 * Math.max(0, attempt.startedAt - startedAt)) / whole}%`,
            width: `${Math.max(0.5, (100 * (attempt.endedAt - attempt.startedAt)) / whole)}%`,
            height: "100%",
            class: attempt.result === "answered" ? "fillgood" : "fillbad"
          })
        )
      )
    )
  )
}

/** A word for a shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/**
 * The command that sends the same to this gateway again. The token stands in a variable, and is no
 * argument of any program; the body is not kept, so it comes from a file.
 * @param {RequestRecord} record
 * @param {string} origin
 */
export const curl = ({ method, path }, origin) => {
  const body = method === "POST" || method === "PUT" || method === "PATCH"
  return [
    `curl -X ${quoted(method)} ${quoted(`${origin}${path}`)} \\`,
    `  -H @<(printf 'x-api-key: %s' "$CLAWDBOT_GATEWAY_TOKEN") \\`,
    `  -H 'anthropic-version: 2023-06-01'${body ? " \\" : ""}`,
    ...(body ? ["  -H 'content-type: application/json' --data @body.json"] : [])
  ].join("\n")
}

/** @param {string} name @param {string} value */
const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)]

/**
 * Everything about a request.
 * @param {RequestRecord} record
 * @param {string} origin
 */
export const details = (record, origin) => {
  const { agent, endedAt, method, model, path, refused, startedAt, status } = record
  const beginning = firstByte(record)
  return [
    h(
      "dl",
      { class: "pairs" },
      ...fact("Time", `${clockTime(startedAt)} (${iso(startedAt)})`),
      ...fact("Request", `${method} ${path}`),
      ...(model === undefined ? [] : fact("Model", model)),
      ...(record.modelFallback === undefined ? [] : fact("Other model", record.modelFallback)),
      ...fact("Client", clientOf(record)),
      ...(agent === undefined ? [] : fact("Agent", agent)),
      h("dt", {}, "Status"),
      h("dd", { class: level(status) }, statusWords(record)),
      ...fact("Duration", took(endedAt - startedAt)),
      ...(beginning === undefined ? [] : fact("Time to first byte", beginning)),
      ...(record.cache === undefined
        ? []
        : Cache.facts(record.cache).flatMap((one) => fact(...one))),
      ...(refused === undefined ? [] : fact("Refused by the gateway", refused))
    ),
    h("h3", {}, "Attempts"),
    record.attempts.length === 0
      ? h("p", { class: "muted" }, "None: the gateway answered by itself.")
      : timeline(record),
    h("h3", {}, "Send it again"),
    // It scrolls where it is wider than the screen: by keyboard as well.
    h("pre", { tabindex: 0 }, curl(record, origin)),
    h(
      "p",
      { class: "muted" },
      "Bodies are not kept: put one into body.json. The variable holds the client token: ",
      h("code", {}, "clawdbot gateway token show")
    )
  ]
}

/** The columns of the exported file. */
export const exported = [
  "id",
  "startedAt",
  "firstByteAt",
  "endedAt",
  "stream",
  "method",
  "path",
  "status",
  "model",
  "modelFallback",
  "agent",
  "client",
  "refused",
  "cacheCause",
  "cacheAt",
  "cacheLostUsd",
  "attempts"
]

/** A record as a row of the exported file. @param {RequestRecord} record */
export const exportedRow = (record) => [
  record.id,
  iso(record.startedAt),
  record.firstByteAt === undefined ? undefined : iso(record.firstByteAt),
  iso(record.endedAt),
  record.stream,
  record.method,
  record.path,
  record.status,
  record.model,
  record.modelFallback,
  record.agent,
  record.client,
  record.refused,
  record.cache?.cause,
  record.cache?.at,
  record.cache?.lostUsd,
  record.attempts.map(attemptText).join("; ")
]
