/**
 * What answers cost, in USD. An answer without a known price is not counted as one that cost
 * nothing: `priced` says how many are in the sums. Pure.
 */

/** Sums of many answers, or of one. */
export interface Cost {
  /** What answers to API keys were billed. */
  readonly billed: number
  /** What answers to subscriptions would have cost with an API key. */
  readonly list: number
  /** Answers whose price is in one of the sums. */
  readonly priced: number
}

/** Whether a credential is paid for by use, or is part of a subscription. */
export const isBilled = (kind: "api_key" | "token" | "oauth"): boolean => kind === "api_key"

/** Of one answer; `usd` is undefined where its price is not known. */
export const of = (usd: number | undefined, billed: boolean): Cost | undefined => {
  if (usd === undefined) return undefined
  if (billed) return { billed: usd, list: 0, priced: 1 }
  return { billed: 0, list: usd, priced: 1 }
}

/** Both together; undefined is that of no answer whose price is known. */
export const add = (one: Cost | undefined, other: Cost | undefined): Cost | undefined => {
  if (one === undefined) return other
  if (other === undefined) return one
  return {
    billed: one.billed + other.billed,
    list: one.list + other.list,
    priced: one.priced + other.priced
  }
}
