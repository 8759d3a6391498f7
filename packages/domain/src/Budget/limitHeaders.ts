/**
 * How much of its money a client has used, in the headers by which clients know how far a plan is
 * used (`anthropic-ratelimit-unified-*`, decision D54): those that read them warn before the end.
 * Pure.
 */
import { boundedMemo } from "../Bounded/boundedMemo.ts"
import type { ClientBudget } from "../Config/budgetSection.ts"
import { listOf } from "../Document/listIf.ts"
import { moneyLimits } from "./decideBudget.ts"
import { endOf, type Period } from "./Period.ts"
import type { Spent } from "./Spent.ts"

const prefix = "anthropic-ratelimit-unified"

/** There are no headers for days and months: what is longer than a day is shown as the long one. */
const windows: Readonly<Record<Period, { readonly name: string; readonly claim: string }>> = {
  day: { name: "5h", claim: "five_hour" },
  week: { name: "7d", claim: "seven_day" },
  month: { name: "7d", claim: "seven_day" }
}

/** At these parts of a limit clients warn. */
const thresholds = [0.95, 0.75]

/** Says that the limits of an answer are a gateway's, and not the provider's. */
export const ownLimits = "x-clawdbot-limits"

/** Of what is said of a limit; few answers in a row say anything new. */
const headersOf = boundedMemo((said): ReadonlyArray<string> => {
  const [name = "", claim = "", part = "", reset = ""] = said.split(" ")
  const threshold = thresholds.find((one) => Number(part) >= one)
  const status = threshold === undefined ? "allowed" : "allowed_warning"
  return [
    [`${prefix}-status`, status],
    [`${prefix}-reset`, reset],
    [`${prefix}-representative-claim`, claim],
    [`${prefix}-${name}-status`, status],
    [`${prefix}-${name}-reset`, reset],
    [`${prefix}-${name}-utilization`, part],
    [ownLimits, "budget"],
    ...listOf(threshold, (part) => [[`${prefix}-${name}-surpassed-threshold`, String(part)]])
  ].flat()
})

/**
 * The headers of the limit that is used most, as a flat list of names and values; undefined without
 * a limit of money, and where it is not known what was spent. `now` in epoch ms.
 */
export const limitHeaders = (
  budget: ClientBudget,
  spent: Spent | undefined,
  now: number
): ReadonlyArray<string> | undefined => {
  if (spent === undefined) return undefined
  let most: { readonly period: Period; readonly part: number } | undefined
  for (const { period, usd } of moneyLimits(budget)) {
    const part = spent[period] / usd
    if (most === undefined || part > most.part) most = { period, part }
  }
  if (most === undefined) return undefined
  const { claim, name } = windows[most.period]
  const reset = Math.floor(endOf(most.period, now) / 1_000)
  return headersOf(`${name} ${claim} ${most.part.toFixed(4)} ${reset}`)
}
