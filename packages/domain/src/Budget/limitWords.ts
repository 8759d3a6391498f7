/** The limits of a budget in words for people. Pure. */
import type { ClientBudget } from "../Config/budgetSection.ts"
import { listOf } from "../Document/listIf.ts"

/** The limits, in the order in which they are shown. */
export const limitNames = [
  "usdPerDay",
  "usdPerWeek",
  "usdPerMonth",
  "tokensPerMinute",
  "requestsPerMinute"
] as const
export type LimitName = (typeof limitNames)[number]

/** By the limit's name. */
export const limitWords: Readonly<Record<LimitName, string>> = {
  usdPerDay: "USD a day",
  usdPerWeek: "USD a week",
  usdPerMonth: "USD a month",
  tokensPerMinute: "tokens a minute",
  requestsPerMinute: "requests a minute"
}

/** `200,000`, `2.50`, `0.00001`. */
const amountOf = (amount: number): string => {
  const [whole = "", fraction = ""] = String(amount).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return fraction === "" ? grouped : `${grouped}.${fraction.padEnd(2, "0")}`
}

/** `5 USD a day, 60 requests a minute`; undefined where nothing is limited. */
export const inWords = (budget: ClientBudget): string | undefined => {
  const limits = limitNames.flatMap((name) =>
    listOf(budget[name], (amount) => [`${amountOf(amount)} ${limitWords[name]}`])
  )
  return limits.length === 0 ? undefined : limits.join(", ")
}
