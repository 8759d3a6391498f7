/** What a client spent in the periods around a moment, from the ledger. Pure. */
import { hourMs, type UsageCell } from "../Usage/UsageCell.ts"
import { type Period, periods, startOf } from "./Period.ts"

/** USD by period. */
export type Spent = { readonly [Key in Period]: number }

/** Nothing spent. */
export const nothing: Spent = { day: 0, week: 0, month: 0 }

/**
 * What cells add to a budget: what was billed to API keys, and what was assumed for answers of
 * theirs whose price is not known.
 */
export const chargedUsd = ({ assumed = 0, cost }: Pick<UsageCell, "assumed" | "cost">): number =>
  (cost?.billed ?? 0) + assumed

/** What each client spent in the day, week and month around `now`, in epoch ms. */
export const byClient = (cells: Iterable<UsageCell>, now: number): ReadonlyMap<string, Spent> => {
  const found = new Map<string, { -readonly [Key in Period]: number }>()
  for (const cell of cells) {
    const usd = chargedUsd(cell)
    if (usd === 0) continue
    const spent = found.get(cell.client) ?? { ...nothing }
    found.set(cell.client, spent)
    for (const period of periods)
      if (cell.hour * hourMs >= startOf(period, now)) spent[period] += usd
  }
  return found
}
