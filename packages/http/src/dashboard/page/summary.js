// @ts-check
// The figures at the top: of profiles and of requests, each at its place.
import { h } from "./dom.js"
import { classWords, percent, took, whole } from "./words.js"

/**
 * @param {string} name
 * @param {string} value
 * @param {string} about
 * @param {string} [level]
 */
const tile = (name, value, about, level = "") =>
  h(
    "div",
    { class: "tile", "data-figure": name },
    h("dt", {}, name),
    h("dd", { class: `figure ${level}` }, value),
    h("dd", { class: "muted" }, about)
  )

/** @param {number | undefined} ms */
const time = (ms) => (ms === undefined ? "–" : took(ms))

/** @param {number} count @param {string} level */
const levelIf = (count, level) => (count > 0 ? level : "")

/** So many classes of failure are named; the rest is counted. */
const maxNamed = 2

/**
 * The commonest failures with their counts.
 * @param {[string, number][]} failures
 */
const commonest = (failures) => {
  const named = failures
    .slice(0, maxNamed)
    .map(([name, count]) => `${classWords(name)} ${whole(count)}`)
  const rest = failures.slice(maxNamed).reduce((sum, [, count]) => sum + count, 0)
  if (rest > 0) named.push(`others ${whole(rest)}`)
  return named.join(", ") || "no attempt failed"
}

export const tiles = {
  /** @param {ReturnType<typeof import("./profiles.js").counts>} counts */
  ofProfiles: ({ cooling, person, ready, rejected }) => [
    tile(
      "Ready",
      whole(ready),
      `of ${whole(ready + cooling + rejected)} profiles`,
      ready > 0 ? "good" : "bad"
    ),
    tile("Cooling down", whole(cooling), "ready again by itself", levelIf(cooling, "warn")),
    tile("Need a person", whole(person), "to sign in, or add a key", levelIf(person, "bad"))
  ],
  /** @param {ReturnType<typeof import("./requestList.js").figuresOf>} figures */
  ofRequests: ({ failed, failures, perMinute, total, ...times }) => [
    tile("Requests per minute", whole(perMinute), `${whole(total)} on this page`),
    tile(
      "Failed",
      percent(total === 0 ? 0 : failed / total),
      `${whole(failed)} on this page`,
      levelIf(failed, "warn")
    ),
    tile(
      "Failed attempts",
      whole(failures.reduce((sum, [, count]) => sum + count, 0)),
      commonest(failures),
      levelIf(failures.length, "warn")
    ),
    tile("Duration, median", time(times.p50), `p95 ${time(times.p95)}, p99 ${time(times.p99)}`),
    tile(
      "First byte of streams, median",
      time(times.firstByte50),
      `p95 ${time(times.firstByte95)}, p99 ${time(times.firstByte99)}`
    )
  ]
}
