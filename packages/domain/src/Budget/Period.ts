/** The spans of time that budgets of money are for, in UTC. Pure. */
import * as DateTime from "effect/DateTime"
import type { ClientBudget } from "../Config/budgetSection.ts"
import * as EpochMs from "../Time/EpochMs.ts"

/** A day, a week that begins on Monday, or a calendar month. */
export const periods = ["day", "week", "month"] as const
export type Period = (typeof periods)[number]

/** Which limit of a budget is for which period. */
export const keyOf = {
  day: "usdPerDay",
  week: "usdPerWeek",
  month: "usdPerMonth"
} as const satisfies Readonly<Record<Period, keyof ClientBudget>>

const dayMs = 86_400_000
const daysOfWeek = 7
/** 1 January 1970 was a Thursday. */
const daysSinceMonday = 3

const dayOf = (at: number): number => Math.floor(at / dayMs)

const mondayOf = (at: number): number => {
  const day = dayOf(at)
  return day - ((day + daysSinceMonday) % daysOfWeek)
}

/** The start of the month around a moment, or of one so many months later. */
const monthStart = (at: number, months: number): number =>
  DateTime.unsafeMake(EpochMs.clamp(at)).pipe(
    DateTime.startOf("month"),
    DateTime.add({ months }),
    DateTime.toEpochMillis
  )

/** When the period around a moment began; epoch ms. */
export const startOf = (period: Period, at: number): number => {
  switch (period) {
    case "day":
      return dayOf(at) * dayMs
    case "week":
      return mondayOf(at) * dayMs
    case "month":
      return monthStart(at, 0)
  }
}

/** When the next one begins; epoch ms. */
export const endOf = (period: Period, at: number): number => {
  switch (period) {
    case "day":
      return (dayOf(at) + 1) * dayMs
    case "week":
      return (mondayOf(at) + daysOfWeek) * dayMs
    case "month":
      return monthStart(at, 1)
  }
}

/** When the earliest of the periods around a moment began: what was spent before counts nowhere. */
export const earliestStart = (at: number): number =>
  Math.min(...periods.map((period) => startOf(period, at)))
