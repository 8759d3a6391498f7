// @ts-check
// Facts in words and numbers, the same words the command uses.
import * as health from "./healthWords.js"

/** @type {Record<string, string>} */
const kinds = { api_key: "API key", token: "setup token", oauth: "login" }
const classes = new Map(Object.entries(health.classes))
const sources = new Map(Object.entries(health.sources))
const scopes = new Map(Object.entries(health.scopes))
const places = new Map(Object.entries(health.places))
const rejections = new Map(Object.entries(health.rejections))

/** Why a candidate stands where it does. @param {string} place */
export const placeWords = (place) => places.get(place) ?? place

/**
 * Why a profile is not used. `detail` is the fact behind it, where there is one.
 * @param {string} reason
 * @param {string} [detail]
 */
export const rejectionWords = (reason, detail) =>
  reason === "login ended" && detail === "revoked"
    ? health.revoked
    : `not used: ${rejections.get(reason) ?? reason}`

const personReasons = new Set(health.personReasons)

/** Whether only a person can make it usable again. @param {string} reason */
export const needsPerson = (reason) => personReasons.has(reason)

/** @param {string} kind */
export const kindWords = (kind) => kinds[kind] ?? kind

/** @param {string} failureClass */
export const classWords = (failureClass) => classes.get(failureClass) ?? failureClass

/** @param {string} source */
export const sourceWords = (source) => sources.get(source) ?? source

/** @param {string} scope */
export const scopeWords = (scope) => {
  const at = scope.indexOf(":")
  const kind = at < 0 ? scope : scope.slice(0, at)
  const words = scopes.get(kind)
  if (at < 0) return words?.alone ?? kind
  const subject = scope.slice(at + 1)
  if (words === undefined) return `${kind} ${subject}`
  return words.with.split("*").join(subject)
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
  if (hours < 48) return `${hours}h ${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
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
const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" })
/** USD; what is not known is not zero, and neither is less than a cent. @param {number|null} usd */
export const dollars = (usd) => {
  if (usd === null) return "unknown"
  if (usd > 0 && usd < 0.005) return "<$0.01"
  return money.format(usd)
}
/** @param {number} share 0 to 1 */
export const percent = (share) => `${Math.round(share * 100)} %`
/** A time a `Date` can hold. @param {number} at epoch ms */
const shown = (at) => {
  if (at >= 0) return Math.min(at, 8.64e15)
  return 0
}
/** ISO 8601, for `datetime`. @param {number} at epoch ms */
export const iso = (at) => new Date(shown(at)).toISOString()
/** @param {number} at epoch ms */
export const clockTime = (at) => clock.format(shown(at))
/** @param {number} at epoch ms */
export const moment = (at) => {
  if (Math.abs(at - Date.now()) < 12 * 3_600_000) return hour.format(shown(at))
  return dayAndClock.format(shown(at))
}
/** @param {number} at epoch ms @param {boolean} isDay */
export const bucketName = (at, isDay) => (isDay ? day : hour).format(shown(at))
/** @param {number} ms */
export const took = (ms) => {
  if (ms < 1_000) return `${ms} ms`
  return `${(ms / 1_000).toFixed(1)} s`
}

/**
 * The midnight before a time, or another so many days later, by the viewer's clock.
 * @param {number} at epoch ms
 * @param {number} days
 */
export const midnight = (at, days) => {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime()
}
