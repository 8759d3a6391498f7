/** The limits of a budget in words for people. Pure. */
import type { BudgetLine } from "./BudgetReport.ts"

/** By the limit's name. */
export const limitWords = {
  usdPerDay: "USD a day",
  usdPerWeek: "USD a week",
  usdPerMonth: "USD a month",
  tokensPerMinute: "tokens a minute",
  requestsPerMinute: "requests a minute"
} as const satisfies Readonly<Record<BudgetLine["limit"], string>>
