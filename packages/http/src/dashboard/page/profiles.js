// @ts-check
// The profiles of a status document, as the page shows, sorts and filters them.
import { kindWords, needsPerson } from "./words.js"

/** @typedef {{ scope: string, class: string, source: string, until: number }} Obstacle */
/**
 * @typedef {{ profile: string, kind: string, owner: string, state: string, place: string,
 * obstacles: Obstacle[] }} Candidate
 */
/**
 * @typedef {{ profile: string, reason: string, detail?: string, cure?: string, owner?: string }}
 * Rejection
 */
/**
 * @typedef {{ profileId: string, scope: string, class: string, until: number, remainingMs: number,
 * utilization?: number, source?: string, forecast?: { _tag: string, at?: number } }} Limit
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
 * @typedef {{ profile: string, position: number, state: "next" | "ready" | "cooling" |
 * "half-open" | "rejected", person: boolean, identity: string, until: number, limits: Limit[],
 * candidate?: Candidate, rejection?: Rejection, expiry?: Expiry }} Profile
 */

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
 * Everything the page shows of each profile, in the order in which they are tried; those that are
 * not used come last.
 * @param {Status} status
 * @returns {Profile[]}
 */
export const profilesOf = (status) => {
  const { candidates, chosen, rejected } = status.explanation
  const shown = masks(status)
  const expiries = new Map(status.oauth.profiles.map((one) => [one.profileId, one]))
  /** @type {Map<string, Limit[]>} */
  const limits = new Map()
  for (const limit of status.windows) {
    if (limit.class !== "usage" || limit.utilization === undefined) continue
    const known = limits.get(limit.profileId)
    if (known === undefined) limits.set(limit.profileId, [limit])
    else known.push(limit)
  }
  /** @param {string} profile */
  const facts = (profile) => ({
    limits: limits.get(profile) ?? [],
    expiry: expiries.get(profile)
  })
  const passed = rejected.filter(({ reason }) => reason !== "another provider")
  return [
    ...candidates.map((candidate, index) => ({
      profile: candidate.profile,
      position: index + 1,
      state: /** @type {Profile["state"]} */ (
        candidate.profile === chosen ? "next" : candidate.state
      ),
      person: false,
      identity: [kindWords(candidate.kind), shown.get(candidate.profile) ?? ""].join(" ").trim(),
      until: Math.max(0, ...candidate.obstacles.map((obstacle) => obstacle.until)),
      candidate,
      ...facts(candidate.profile)
    })),
    ...passed.map((rejection, index) => ({
      profile: rejection.profile,
      position: candidates.length + index + 1,
      state: /** @type {Profile["state"]} */ ("rejected"),
      person: needsPerson(rejection.reason),
      identity: shown.get(rejection.profile) ?? "",
      until: 0,
      rejection,
      ...facts(rejection.profile)
    }))
  ]
}

/** How much of its fullest limit a profile has used. @param {Profile} profile */
export const mostUsed = ({ limits }) =>
  Math.max(0, ...limits.map(({ utilization = 0 }) => utilization))

/** The state that a filter asks for. @param {Profile} profile */
const filterState = ({ state }) => {
  if (state === "next") return "ready"
  if (state === "half-open") return "cooling"
  return state
}

/** @type {Record<string, (one: Profile, other: Profile) => number>} */
const orders = {
  order: (one, other) => one.position - other.position,
  name: (one, other) => one.profile.localeCompare(other.profile, "en", { numeric: true }),
  used: (one, other) => mostUsed(other) - mostUsed(one) || one.position - other.position,
  until: (one, other) =>
    (one.until || Number.POSITIVE_INFINITY) - (other.until || Number.POSITIVE_INFINITY) ||
    one.position - other.position
}

/**
 * Those a person wants to see, in the order they want.
 * @param {Profile[]} profiles
 * @param {{ search: string, state: string, sort: string }} wanted
 */
export const select = (profiles, { search, sort, state }) => {
  const text = search.trim().toLowerCase()
  return profiles
    .filter(
      (profile) =>
        (state === "" || (state === "person" ? profile.person : filterState(profile) === state)) &&
        (text === "" || `${profile.profile} ${profile.identity}`.toLowerCase().includes(text))
    )
    .sort(orders[sort] ?? orders.order)
}

/**
 * How many there are of each state.
 * @param {Profile[]} profiles
 */
export const counts = (profiles) => {
  const all = { ready: 0, cooling: 0, rejected: 0, person: 0 }
  for (const profile of profiles) {
    all[/** @type {"ready" | "cooling" | "rejected"} */ (filterState(profile))] += 1
    if (profile.person) all.person += 1
  }
  return all
}
