/**
 * Whether a request of a client with a budget is let through. It is while less is spent and
 * reserved than the limit: what goes over it is at most what one request reserved. Pure.
 */
import type { ClientBudget } from "../Config/budgetSection.ts"
import * as Period from "./Period.ts"
import type { Spent } from "./Spent.ts"

/** What is known of a client at the moment of a request. */
export interface Standing {
  /** USD by period; undefined where what was spent is not known. */
  readonly spent: Spent | undefined
  /** USD that requests in flight may still cost. */
  readonly reserved: number
  /** USD that this gateway may spend before it asks the others again. */
  readonly share: number
  /** Tokens left of the minute; negative where more was used. */
  readonly tokens: number
  /** Requests left of the minute. */
  readonly requests: number
}

/** A limit of money. */
export type MoneyLimit = (typeof Period.keyOf)[Period.Period]
/** A limit of a minute. */
export type RateLimit = "tokensPerMinute" | "requestsPerMinute"

/** What is decided. Times are epoch ms. */
export type Decision =
  | { readonly _tag: "Admitted" }
  /** The money of a period is spent. */
  | {
      readonly _tag: "Spent"
      readonly limit: MoneyLimit
      readonly usd: number
      readonly spent: number
      readonly resetsAt: number
    }
  /** What is left may be needed by requests in flight, of this gateway or of others. */
  | {
      readonly _tag: "Reserved"
      readonly limit: MoneyLimit
      readonly usd: number
      readonly spent: number
      readonly reserved: number
      readonly resetsAt: number
    }
  /** The rate is used up. */
  | {
      readonly _tag: "TooFast"
      readonly limit: RateLimit
      readonly perMinute: number
      readonly possibleAt: number
    }
  /** There is a limit of money, and what was spent is not known. */
  | { readonly _tag: "Unknown" }

type MoneyLimits = ReadonlyArray<{
  readonly period: Period.Period
  readonly limit: MoneyLimit
  readonly usd: number
}>

/** Of budgets, which live as long as the config they stand in: each request asks twice. */
const knownLimits = new WeakMap<ClientBudget, MoneyLimits>()

/** The limits of money that are set. */
export const moneyLimits = (budget: ClientBudget): MoneyLimits => {
  const known = knownLimits.get(budget)
  if (known !== undefined) return known
  const limits = Period.periods.flatMap((period) => {
    const limit = Period.keyOf[period]
    const usd = budget[limit]
    if (usd === undefined) return []
    return [{ period, limit, usd }]
  })
  knownLimits.set(budget, limits)
  return limits
}

/** Whether a budget limits money. */
export const limitsMoney = (budget: ClientBudget): boolean =>
  budget.usdPerDay !== undefined ||
  budget.usdPerWeek !== undefined ||
  budget.usdPerMonth !== undefined

const minuteMs = 60_000

/** When there will be something left again; the longest wait is one minute. */
const possibleAt = (missing: number, perMinute: number, now: number): number =>
  now + Math.min(minuteMs, Math.max(1, Math.ceil((missing / perMinute) * minuteMs)))

const decideRates = (budget: ClientBudget, standing: Standing, now: number): Decision => {
  const { requestsPerMinute, tokensPerMinute } = budget
  const { requests, tokens } = standing
  if (requestsPerMinute !== undefined && requests < 1)
    return {
      _tag: "TooFast",
      limit: "requestsPerMinute",
      perMinute: requestsPerMinute,
      possibleAt: possibleAt(1 - requests, requestsPerMinute, now)
    }
  if (tokensPerMinute !== undefined && tokens <= 0)
    return {
      _tag: "TooFast",
      limit: "tokensPerMinute",
      perMinute: tokensPerMinute,
      possibleAt: possibleAt(1 - tokens, tokensPerMinute, now)
    }
  return { _tag: "Admitted" }
}

/**
 * Decides by limits and standing. Of several limits that are reached the one that ends last is
 * named: waiting for another would not help.
 */
export const decide = (budget: ClientBudget, standing: Standing, now: number): Decision => {
  const { reserved, share, spent } = standing
  const limits = moneyLimits(budget)
  if (spent === undefined && limits.length > 0 && budget.failOpen !== true)
    return { _tag: "Unknown" }
  if (spent === undefined) return decideRates(budget, standing, now)
  let over: MoneyLimits[number] | undefined
  let short: MoneyLimits[number] | undefined
  const ends = ({ period }: MoneyLimits[number]) => Period.endOf(period, now)
  for (const one of limits) {
    const { period, usd } = one
    if (spent[period] >= usd && (over === undefined || ends(one) > ends(over))) over = one
    if (short === undefined && (share <= 0 || spent[period] + reserved >= usd)) short = one
  }
  if (over !== undefined) {
    const { limit, period, usd } = over
    return { _tag: "Spent", limit, usd, spent: spent[period], resetsAt: ends(over) }
  }
  if (short !== undefined) {
    const { limit, period, usd } = short
    return { _tag: "Reserved", limit, usd, spent: spent[period], reserved, resetsAt: ends(short) }
  }
  return decideRates(budget, standing, now)
}
