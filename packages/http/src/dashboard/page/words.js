// @ts-check
// Facts in words and numbers, the same words the command uses.

/** @type {Record<string, string>} */
const kinds = { api_key: "API key", token: "setup token", oauth: "login" }
/** @type {Record<string, string>} */
const classes = {
  auth: "the provider refuses this credential",
  billing: "out of credit",
  rate_limit: "rate limit",
  spend_cap: "the spend limit is reached",
  entitlement: "not meant for this use",
  overloaded: "the provider is overloaded",
  server: "the provider failed",
  timeout: "the provider did not answer in time",
  format: "the request is at fault"
}
/** @type {Record<string, string>} */
const sources = {
  "retry-after": "set by the provider",
  "ratelimit-reset": "set by the provider",
  "unified-reset": "set by the provider",
  body: "set by the provider",
  ladder: "set by clawdbot; the provider gave no time",
  none: "set by clawdbot; the provider gave no time",
  usual: "estimated: when such limits usually end",
  wall: "refused by something between here and the provider",
  report: "reported by hand",
  usageStats: "from an earlier session"
}
/** @type {Record<string, string>} */
const limits = {
  credential: "all models",
  overage: "extra usage",
  "5h": "5-hour",
  "7d": "7-day",
  "input-tokens": "input tokens",
  "output-tokens": "output tokens"
}

/** @param {string} kind */
export const kindWords = (kind) => kinds[kind] ?? kind

/** @param {string} failureClass */
export const classWords = (failureClass) => classes[failureClass] ?? failureClass

/** @param {string} source */
export const sourceWords = (source) => sources[source] ?? source

/** @param {string} scope */
export const scopeWords = (scope) => {
  const at = scope.indexOf(":")
  const kind = at < 0 ? scope : scope.slice(0, at)
  if (at < 0) return limits[kind] ?? kind
  const subject = scope.slice(at + 1)
  switch (kind) {
    case "model":
    case "group":
      return `${subject} models`
    case "fast":
      return `${subject} models in fast mode`
    case "path":
      return `${subject} requests`
    default:
      return `${limits[kind] ?? kind} ${subject}`
  }
}

/** @param {number} amount */
const two = (amount) => String(amount).padStart(2, "0")

/**
 * A time that is left, in ms: `40s`, `4m 10s`, `2h 05m`, `3d 4h`.
 * @param {number} ms
 */
export const left = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? `${hours}h ${two(minutes % 60)}m`
    : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

const numbers = new Intl.NumberFormat("en")
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit"
})
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit"
})
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" })

/** @param {number} amount */
export const whole = (amount) => numbers.format(amount)
/** @param {number} amount */
export const compact = (amount) => short.format(amount)
/** @param {number} share 0 to 1 */
export const percent = (share) => `${Math.round(share * 100)} %`
/** A time a `Date` can hold. @param {number} at epoch ms */
const shown = (at) => (at >= 0 ? Math.min(at, 8.64e15) : 0)
/** ISO 8601, for `datetime`. @param {number} at epoch ms */
export const iso = (at) => new Date(shown(at)).toISOString()
/** @param {number} at epoch ms */
export const clockTime = (at) => clock.format(shown(at))
/** @param {number} at epoch ms */
export const moment = (at) =>
  Math.abs(at - Date.now()) < 12 * 3_600_000
    ? hour.format(shown(at))
    : dayAndClock.format(shown(at))
/** @param {number} at epoch ms @param {boolean} isDay */
export const bucketName = (at, isDay) => (isDay ? day : hour).format(shown(at))
/** @param {number} ms */
export const took = (ms) => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`)
