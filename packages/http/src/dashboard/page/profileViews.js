// @ts-check
// How the profiles look: the next credential, a row for each, and its details.
import { h, s } from "./dom.js"
import { mostUsed } from "./profiles.js"
import * as Selection from "./selection.js"
import {
  classWords,
  iso,
  left,
  moment,
  percent,
  placeWords,
  rejectionWords,
  scopeWords,
  sourceWords
} from "./words.js"

/** @typedef {import("./profiles.js").Profile} Profile */
/** @typedef {import("./profiles.js").Limit} Limit */
/** @typedef {import("./profiles.js").Expiry} Expiry */
/** @typedef {import("./profiles.js").Status} Status */

/**
 * A time that counts down each second (see `tick`).
 * @param {number} until epoch ms
 * @param {number} now
 */
const countdown = (until, now) =>
  h("time", { datetime: iso(until), "data-until": until }, left(until - now))

/**
 * The state in words, with its sign.
 * @param {Profile} profile
 * @param {number} now
 */
const stateWords = ({ rejection, state, until }, now) => {
  switch (state) {
    case "next":
      return h("span", { class: "state good" }, "● next credential")
    case "ready":
      return h("span", { class: "state good" }, "● ready")
    case "half-open":
      return h("span", { class: "state warn" }, "◐ cooling down; the next request retries it")
    case "cooling":
      if (until <= now) return h("span", { class: "state warn" }, "◐ cooling down")
      return h("span", { class: "state warn" }, "◐ cooling down, ", countdown(until, now), " left")
    case "rejected":
      return h(
        "span",
        { class: "state bad" },
        `✕ ${rejectionWords(rejection?.reason ?? "", rejection?.detail)}`
      )
  }
}

/**
 * @param {Limit} limit
 * @param {number} now
 */
const quota = ({ forecast, scope, source, until, utilization = 0 }, now) => {
  const used = Math.max(0, Math.min(1, utilization))
  const filling = utilization >= 0.7 ? "warn" : "good"
  const level = utilization >= 0.9 ? "bad" : filling
  return h(
    "div",
    { class: "quota", "data-scope": scope, "data-utilization": utilization },
    h(
      "div",
      {},
      h("span", {}, scopeWords(scope)),
      h(
        "span",
        { class: "number" },
        `${percent(utilization)} used${source === "extra-usage" ? ", extra usage" : ""}`
      )
    ),
    h(
      "div",
      {
        class: "track",
        role: "meter",
        "aria-label": scopeWords(scope),
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": Math.round(used * 100)
      },
      s(
        "svg",
        { "aria-hidden": "true" },
        s("rect", { width: `${used * 100}%`, height: "100%", class: `fill${level}` })
      )
    ),
    until > 0 && h("div", { class: "muted" }, "resets in ", countdown(until, now)),
    forecast?.at !== undefined &&
      h("div", { class: "muted" }, "at this pace used up in ", countdown(forecast.at, now))
  )
}

/**
 * The fullest limit, of which a row has room for one.
 * @param {Profile} profile
 * @param {number} now
 */
const fullest = (profile, now) => {
  const most = mostUsed(profile)
  const limit = profile.limits.find(({ utilization }) => utilization === most)
  return limit === undefined ? "" : quota(limit, now)
}

/**
 * @param {Expiry | undefined} expiry
 * @param {number} now
 */
const expiryWords = (expiry, now) => {
  if (expiry === undefined || expiry.expiresAt === undefined || expiry.status === "static")
    return undefined
  const renews = expiry.refreshable ? ", refreshes automatically" : ""
  if (expiry.expiresAt <= now)
    return h(
      "span",
      { class: expiry.refreshable ? "" : "bad" },
      `expired ${left(now - expiry.expiresAt)} ago${renews}`
    )
  return h("span", {}, "expires in ", countdown(expiry.expiresAt, now), renews)
}

/**
 * Why it is where it is, in one line.
 * @param {Profile} profile
 */
const reason = ({ candidate, rejection }) => {
  const obstacle = candidate?.obstacles[0]
  if (obstacle !== undefined) return `${classWords(obstacle.class)}, ${scopeWords(obstacle.scope)}`
  if (candidate !== undefined) return placeWords(candidate.place)
  return rejection?.cure === undefined ? (rejection?.detail ?? "") : `fix: ${rejection.cure}`
}

/** The headings of the table. */
export const columns = ["Position", "State", "Fullest limit"]

/**
 * The row of a profile.
 * @param {Profile} profile
 * @param {number} now
 * @returns {import("./slots.js").Row}
 */
export const row = (profile, now) => ({
  key: profile.profile,
  name: profile.profile,
  attributes: {
    "data-profile": profile.profile,
    "data-state": profile.state,
    "data-until": String(profile.until)
  },
  cells: [
    [profile.identity],
    [profile.candidate === undefined ? "–" : String(profile.position)],
    [stateWords(profile, now), h("div", { class: "muted line1" }, reason(profile))],
    [fullest(profile, now)]
  ]
})

/**
 * Everything about a profile.
 * @param {Profile} profile
 * @param {number} now
 */
export const details = (profile, now) => {
  const { candidate, expiry, identity, limits, rejection } = profile
  return [
    h("p", { class: "identity" }, identity),
    h("p", {}, stateWords(profile, now)),
    h(
      "ul",
      { class: "facts" },
      ...(candidate?.obstacles ?? []).map((obstacle) =>
        h(
          "li",
          {},
          `${classWords(obstacle.class)}, ${scopeWords(obstacle.scope)}: until ` +
            `${moment(obstacle.until)}, ${sourceWords(obstacle.source)}`
        )
      ),
      expiry !== undefined && h("li", {}, expiryWords(expiry, now)),
      candidate !== undefined &&
        h("li", {}, `Position ${profile.position}: ${placeWords(candidate.place)}`),
      candidate !== undefined && candidate.owner !== "" && h("li", {}, `Store: ${candidate.owner}`),
      // When it expired is said already, as the time since.
      rejection?.detail !== undefined &&
        rejection.reason !== "expired" &&
        h("li", {}, rejection.detail),
      rejection?.cure !== undefined && h("li", {}, "Fix: ", h("code", {}, rejection.cure))
    ),
    ...limits.map((limit) => quota(limit, now))
  ]
}

/**
 * The next credential, or when one is available again.
 * @param {Status} status
 * @param {number} now
 */
export const next = ({ explanation: { agent, candidates, chosen, model, nextAt } }, now) => {
  const about = `for agent ${agent}${model === undefined ? "" : `, ${model}`}`
  if (chosen !== undefined) {
    const place = candidates.find(({ profile }) => profile === chosen)?.place
    return [
      h("strong", {}, chosen),
      h("p", { class: "muted" }, `${about}${place === undefined ? "" : `, ${placeWords(place)}`}`)
    ]
  }
  if (nextAt !== undefined) {
    return [
      h("strong", { class: "warn" }, "none available for ", countdown(nextAt, now)),
      h("p", { class: "muted" }, `${about}: all are cooling down`)
    ]
  }
  return [
    h("strong", { class: "bad" }, "none available"),
    h(
      "p",
      { class: "muted" },
      `${about}. Add a credential: `,
      h("code", {}, `clawdbot onboard --agent ${agent}`)
    )
  ]
}

/**
 * Lets the countdowns go on. Gives whether one has ended.
 * @param {number} now
 */
export const tick = (now) => {
  let ended = false
  for (const element of document.querySelectorAll("time[data-until]")) {
    const until = Number(element.getAttribute("data-until"))
    const text = left(until - now)
    if (until <= now) ended = true
    Selection.showText(element, text)
  }
  return ended
}
