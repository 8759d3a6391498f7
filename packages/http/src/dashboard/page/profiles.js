// @ts-check
// The profiles: the next credential, the limits of each, and its cooldowns.
import { h, s } from "./dom.js"
import {
  classWords,
  iso,
  kindWords,
  left,
  moment,
  percent,
  placeWords,
  rejectionWords,
  scopeWords,
  sourceWords
} from "./words.js"

/** @typedef {{ scope: string, class: string, source: string, until: number }} Obstacle */
/**
 * @typedef {{ profile: string, kind: string, owner: string, state: string, place: string,
 * obstacles: Obstacle[] }} Candidate
 */
/** @typedef {{ profile: string, reason: string, detail?: string }} Rejection */
/**
 * @typedef {{ profileId: string, scope: string, class: string, until: number, remainingMs: number,
 * utilization?: number }} Limit
 */
/**
 * @typedef {{ profileId: string, type: string, status: string, expiresAt?: number, refreshable:
 * boolean }} Expiry
 */
/**
 * @typedef {{
 * providers: { provider: string, profiles: { labels: string[] }, env?: { value: string, source:
 * string }, modelsJson?: { value: string } }[],
 *   windows: Limit[],
 *   oauth: { profiles: Expiry[] },
 * explanation: { agent: string, provider: string, model?: string, chosen?: string, candidates:
 * Candidate[], rejected: Rejection[], nextAt?: number } }} Status
 */

/**
 * A time that counts down each second (see `tick`).
 * @param {number} until epoch ms
 * @param {number} now
 */
const countdown = (until, now) =>
  h("time", { datetime: iso(until), "data-until": until }, left(until - now))

/**
 * What is shown of each secret, by profile.
 * @param {Status} status
 * @returns {Map<string, string>}
 */
const masks = ({ providers }) =>
  new Map(
    providers.flatMap(({ env, modelsJson, profiles, provider }) => [
      ...profiles.labels.map((label) => {
        const at = label.indexOf("=")
        const shown = label
          .slice(at + 1)
          .replace(/ \[[^\]]*\]$/, "")
          .replace(/^(token:|OAuth ?)/, "")
        return /** @type {[string, string]} */ ([label.slice(0, at), shown])
      }),
      ...(env === undefined
        ? []
        : [
            /** @type {[string, string]} */ ([
              env.source.replace(/^(shell )?env: /, "env:"),
              env.value
            ])
          ]),
      ...(modelsJson === undefined
        ? []
        : [
            /** @type {[string, string]} */ ([
              `config:models.providers.${provider}.apiKey`,
              modelsJson.value
            ])
          ])
    ])
  )

/**
 * @param {Limit} limit
 * @param {number} now
 */
const quota = ({ scope, until, utilization = 0 }, now) => {
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
      h("span", { class: "number" }, `${percent(utilization)} used`)
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
    until > 0 && h("div", { class: "muted" }, "resets in ", countdown(until, now))
  )
}

/**
 * @param {Expiry | undefined} expiry
 * @param {number} now
 */
const expiryLine = (expiry, now) => {
  if (expiry === undefined || expiry.expiresAt === undefined || expiry.status === "static")
    return undefined
  const renews = expiry.refreshable ? ", refreshes automatically" : ""
  if (expiry.expiresAt <= now)
    return h("li", { class: expiry.refreshable ? "" : "bad" }, `expired${renews}`)
  return h("li", {}, "expires in ", countdown(expiry.expiresAt, now), renews)
}

/**
 * @param {Status} status
 * @param {Candidate} candidate
 * @param {number} now
 */
const candidateCard = (status, { kind, obstacles, place, profile, state }, now) => {
  const isNext = profile === status.explanation.chosen
  const until = Math.max(0, ...obstacles.map((obstacle) => obstacle.until))
  const standing = () => {
    if (isNext) return h("p", { class: "state good" }, "● next credential")
    if (state === "ready") return h("p", { class: "state good" }, "● ready")
    const attributes = { class: "state warn" }
    if (state === "half-open")
      return h("p", attributes, "◐ cooling down; the next request retries it")
    if (until <= now) return h("p", attributes, "◐ cooling down")
    return h("p", attributes, "◐ cooling down", ", ", countdown(until, now), " left")
  }
  return h(
    "li",
    {
      class: "card",
      "data-profile": profile,
      "data-state": isNext ? "next" : state,
      "data-rests-until": until || undefined
    },
    h("h3", {}, profile),
    h(
      "p",
      { class: "identity" },
      [kindWords(kind), masks(status).get(profile) ?? ""].join(" ").trim()
    ),
    standing(),
    h(
      "ul",
      { class: "facts" },
      ...obstacles.map((obstacle) =>
        h(
          "li",
          {},
          `${classWords(obstacle.class)}, ${scopeWords(obstacle.scope)}: until ` +
            `${moment(obstacle.until)}, ${sourceWords(obstacle.source)}`
        )
      ),
      expiryLine(
        status.oauth.profiles.find(({ profileId }) => profileId === profile),
        now
      ),
      h("li", {}, `Position: ${placeWords(place)}`)
    ),
    ...status.windows
      .filter(
        (limit) =>
          limit.profileId === profile && limit.class === "usage" && limit.utilization !== undefined
      )
      .map((limit) => quota(limit, now))
  )
}

/**
 * @param {Status} status
 * @param {Rejection} rejection
 */
const rejectionCard = (status, { detail, profile, reason }) =>
  h(
    "li",
    { class: "card", "data-profile": profile, "data-state": "rejected" },
    h("h3", {}, profile),
    h("p", { class: "identity" }, masks(status).get(profile) ?? ""),
    h("p", { class: "state bad" }, `✕ ${rejectionWords(reason, detail)}`),
    h("ul", { class: "facts" }, detail !== undefined && h("li", {}, detail))
  )

/**
 * The cards, in the order in which the profiles are tried; those that cannot be used come last.
 * @param {Status} status
 * @param {number} now
 */
export const cards = (status, now) => {
  const { candidates, rejected } = status.explanation
  const passed = rejected.filter(({ reason }) => reason !== "another provider")
  return [
    ...candidates.map((candidate) => candidateCard(status, candidate, now)),
    ...passed.map((rejection) => rejectionCard(status, rejection))
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
    if (element.textContent !== text) element.textContent = text
  }
  return ended
}
