/** The ledger beside the provider's cost report, for people. Pure. */
import type { ReconciledDay, Reconciliation } from "@clawdbot/domain/Pricing/reconcile"
import { inOneLine } from "../terminal/figures.ts"
import { grouped, usd } from "./text.ts"

/** An amount with its sign; a difference of less than half a cent is none. */
const signed = (amount: number | null): string => {
  if (amount === null) return "unknown"
  if (Math.abs(amount) < 0.005) return "0.00"
  return `${amount < 0 ? "-" : "+"}${usd(Math.abs(amount), grouped)}`
}

const figuresOf = (day: ReconciledDay): ReadonlyArray<string> => [
  usd(day.ledgerUsd, grouped),
  usd(day.providerUsd, grouped),
  signed(day.differenceUsd),
  grouped(day.unpriced)
]

/** The days, and what differences come from. */
export const toText = ({ days, total }: Reconciliation): ReadonlyArray<string> => {
  if (days.length === 0) return ["Neither the ledger nor the provider has a cost in these days."]
  return [
    ...inOneLine([
      { names: [""], figures: ["ledger", "provider", "difference", "price"] },
      { names: ["day (UTC)"], figures: ["USD", "USD", "USD", "unknown"] },
      ...[...days, total].map((day) => ({ names: [day.day], figures: figuresOf(day) }))
    ]),
    "",
    "The provider bills what did not go through this gateway as well, and searches, code execution",
    "and priority tier apart; the ledger has list prices, unless the config names others."
  ]
}
