// @ts-check
// Clients with budgets in words: those that have used most of one, or were refused. Pure.
import { printable } from "./printable.js"
import { iso, whole } from "./words.js"

/**
 * @typedef {{ limit: string, allowed: number, used: number | null, resetsAt: number | null }} Limit
 * @typedef {{ count: number, lastAt: number, lastCode: string }} Refused
 * @typedef {{ client: string, limits: Limit[], refused: Refused | null }} Client
 */

/** From this part of a limit on a client is named. */
const nearlyUsed = 0.75

/** So many are named; the command has the others. */
const maxShown = 5

/** @type {Record<string, string>} */
const names = { usdPerDay: "a day", usdPerWeek: "a week", usdPerMonth: "a month" }

/** `2026-11-30 00:00 UTC`. @param {number} at */
const minuteOf = (at) => `${iso(at).slice(0, 16).replace("T", " ")} UTC`

/** @param {Limit} limit */
const part = ({ allowed, used }) => (used ?? 0) / allowed

/** @param {Client} client */
const usedWords = ({ limits }) => {
  const money = limits.filter(({ limit }) => Object.hasOwn(names, limit))
  if (money.some(({ used }) => used === null)) return ["what it spent is not known"]
  const [most] = money
    .filter((limit) => part(limit) >= nearlyUsed)
    .sort((one, other) => part(other) - part(one))
  if (most === undefined) return []
  const { allowed, limit, resetsAt, used } = most
  const reset = resetsAt === null ? "" : `, resets ${minuteOf(resetsAt)}`
  return [`${(used ?? 0).toFixed(2)} of ${allowed.toFixed(2)} USD ${names[limit]} used${reset}`]
}

/** @param {Client} client */
const refusedWords = ({ refused }) => {
  if (refused === null) return []
  const { count, lastAt, lastCode } = refused
  const requests = count === 1 ? "1 request" : `${whole(count)} requests`
  return [`${requests} refused today, last at ${minuteOf(lastAt).slice(11)} (${lastCode})`]
}

/** A line for each. @param {{ clients: Client[] }} report */
export const budgetWords = ({ clients }) => {
  const lines = clients.flatMap((client) => {
    const words = [...usedWords(client), ...refusedWords(client)]
    return words.length === 0 ? [] : [`Budget of ${printable(client.client)}: ${words.join("; ")}`]
  })
  if (lines.length <= maxShown) return lines
  return [
    ...lines.slice(0, maxShown),
    `Budgets: ${whole(lines.length - maxShown)} more; see clawdbot usage --budgets`
  ]
}
