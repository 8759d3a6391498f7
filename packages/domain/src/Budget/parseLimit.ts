/** Limits of a budget as people write them on a command line: `5/day`, `200k/min`. Pure. */
import * as Either from "effect/Either"
import type { Period } from "./Period.ts"

/** A limit of money: an amount, or that there is none; for all periods where none is named. */
export type MoneyGiven =
  | { readonly period: Period; readonly usd: number }
  | { readonly period: Period | undefined; readonly usd: undefined }

/** The word that takes a limit away. */
const none = "none"

const money = /^\$?(\d+(?:\.\d+)?|none)\/(day|week|month)$/i
const rate = /^(\d+(?:\.\d+)?)(k|m)?\/min(?:ute)?$/i

const periodOf = (text: string): Period => {
  if (text === "day" || text === "week") return text
  return "month"
}

/**
 * `5/day`, `2.50/week`, `50/month`; `none/day` takes one away, `none` all. Left: what it is not.
 */
export const parseMoney = (text: string): Either.Either<MoneyGiven, string> => {
  const given = text.trim().toLowerCase()
  if (given === none) return Either.right({ period: undefined, usd: undefined })
  const [, amount, named] = money.exec(given) ?? []
  if (amount === undefined || named === undefined)
    return Either.left("is not an amount and a period, such as 5/day, 20/week or 50/month")
  const period = periodOf(named)
  if (amount === none) return Either.right({ period, usd: undefined })
  const usd = Number(amount)
  if (usd > 0 && Number.isFinite(usd)) return Either.right({ period, usd })
  return Either.left(`must be more than 0, such as 5/${period}`)
}

const factors: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 }

/** `60/min`, `200k/min`, `1.5m/min`; `none` is undefined. Left: what it is not. */
export const parseRate = (
  text: string,
  example: string
): Either.Either<number | undefined, string> => {
  const given = text.trim().toLowerCase()
  if (given === none) return Either.right(undefined)
  const [, amount, unit] = rate.exec(given) ?? []
  if (amount === undefined) return Either.left(`is not a number a minute, such as ${example}`)
  // `1.1m` is 1,100,000, whatever fractions of two are in between.
  const perMinute = Number((Number(amount) * (factors[unit ?? ""] ?? 1)).toFixed(6))
  if (Number.isSafeInteger(perMinute) && perMinute > 0) return Either.right(perMinute)
  return Either.left(`must be a whole number of at least 1, such as ${example}`)
}
