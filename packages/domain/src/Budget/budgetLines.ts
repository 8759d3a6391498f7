/** What is worth saying of clients with budgets where little is shown. Pure. */
import { listOf } from "../Document/listIf.ts"
import { printable } from "../Text/printable.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { type BudgetReport, type ClientStanding, mostUsed } from "./BudgetReport.ts"
import { limitWords } from "./limitWords.ts"

/** So many lines are shown; a command has the others. */
const maxLines = 5

/** `2026-11-30 00:00 UTC`. */
export const minuteOf = (at: number): string =>
  `${EpochMs.toIso(at).slice(0, 16).replace("T", " ")} UTC`

/** What was refused today, in words; undefined where nothing was. */
export const refusedWords = ({ refused }: ClientStanding): string | undefined => {
  if (refused === null) return undefined
  const { count, lastAt, lastCode } = refused
  const requests = count === 1 ? "1 request" : `${count} requests`
  return `${requests} refused today, last at ${minuteOf(lastAt).slice(11)} (${lastCode})`
}

/** Whether a limit of USD counts for the client, and what it spent is not known. */
export const isUnknown = ({ limits }: ClientStanding): boolean =>
  limits.some(({ limit, used }) => limit.startsWith("usd") && used === null)

/** How far the limit of money is used that is used most, from three quarters on. */
const usedWords = (standing: ClientStanding): ReadonlyArray<string> =>
  listOf(mostUsed(standing), ({ allowed, limit, resetsAt, used }) => [
    `${(used ?? 0).toFixed(2)} of ${allowed.toFixed(2)} ${limitWords[limit]} used` +
      (resetsAt === null ? "" : `, resets ${minuteOf(resetsAt)}`)
  ])

const wordsOf = (standing: ClientStanding): ReadonlyArray<string> => {
  const words = [
    ...(isUnknown(standing) ? ["what it spent is not known"] : usedWords(standing)),
    ...listOf(refusedWords(standing), (refused) => [refused])
  ]
  if (words.length === 0) return []
  return [`Budget of ${printable(standing.client)}: ${words.join("; ")}`]
}

/** A line for each client that has used three quarters of a limit, or was refused today. */
export const budgetLines = ({ clients }: BudgetReport): ReadonlyArray<string> => {
  const lines = clients.flatMap(wordsOf)
  if (lines.length <= maxLines) return lines
  const more = lines.length - maxLines
  return [...lines.slice(0, maxLines), `Budgets: ${more} more; see clawdbot usage --budgets`]
}
