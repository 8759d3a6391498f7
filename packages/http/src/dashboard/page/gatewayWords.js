// @ts-check
// What kind of gateway this is, in words. Pure.
import { clockTime, whole } from "./words.js"

/** A gateway that has been silent for longer than this was killed, or is cut off, in ms. */
const silentAfterMs = 15_000

/**
 * @typedef {{ configDigest: string, silentMs: number }} Other
 * @typedef {{ configDigest: string, others: Other[], storeDownSince?: number }} Fleet
 */

/** @param {number} count @param {string} one @param {string} many */
const counted = (count, one, many) => `${whole(count)} ${count === 1 ? one : many}`

/**
 * What is to be said of a gateway beside its credentials; nothing of one over files that is real.
 * @param {{ practice?: boolean, fleet?: Fleet }} info
 */
export const gatewayWords = ({ fleet, practice }) => {
  const words = []
  if (practice === true) words.push("Practice mode: a scripted provider answers")
  if (fleet === undefined) return words
  const { configDigest, others, storeDownSince } = fleet
  const silent = others.filter(({ silentMs }) => silentMs > silentAfterMs)
  const differing = others.filter(
    (other) => !silent.includes(other) && other.configDigest !== configDigest
  )
  words.push(`Shares its store with ${counted(others.length, "gateway", "gateways")}`)
  if (silent.length > 0) words.push(`${whole(silent.length)} silent`)
  if (differing.length > 0) words.push(`${whole(differing.length)} with another config`)
  if (storeDownSince !== undefined)
    words.push(`the store's database is away since ${clockTime(storeDownSince)}`)
  return words
}
