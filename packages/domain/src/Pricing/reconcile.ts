/**
 * What the ledger says that answers were billed, beside what the provider says, day by day. Pure.
 */
import type { UsageReport } from "../Usage/UsageReport.ts"
import type { BilledDay } from "./costReport.ts"

/** One day (UTC), or all of them; amounts in USD. */
export interface ReconciledDay {
  readonly day: string
  /** By the ledger; null where no answer of the day has a known price. */
  readonly ledgerUsd: number | null
  /** By the provider; null for a day that its report does not name. */
  readonly providerUsd: number | null
  /** What the provider billed beyond the ledger; null where one of the two is not known. */
  readonly differenceUsd: number | null
  /** Answers of the ledger whose price is not known: they are part of a difference. */
  readonly unpriced: number
}

/** The days that either of them names, in their order, and their sums. */
export interface Reconciliation {
  readonly days: ReadonlyArray<ReconciledDay>
  readonly total: ReconciledDay
}

const plus = (one: number | null, other: number | null): number | null => {
  if (one === null) return other
  if (other === null) return one
  return one + other
}

const dayOf = (
  day: string,
  ledgerUsd: number | null,
  providerUsd: number | null,
  unpriced: number
): ReconciledDay => ({
  day,
  ledgerUsd,
  providerUsd,
  differenceUsd: ledgerUsd === null || providerUsd === null ? null : providerUsd - ledgerUsd,
  unpriced
})

/**
 * Compares them. `report` is by day; the provider's items of other workspaces than `workspace` do
 * not count, where one is named.
 */
export const reconcile = (
  report: UsageReport,
  billed: ReadonlyArray<BilledDay>,
  workspace: string | undefined
): Reconciliation => {
  const provider = new Map<string, number>()
  for (const item of billed) {
    const known = provider.get(item.day) ?? 0
    const counts = workspace === undefined || item.workspace === workspace
    provider.set(item.day, counts ? known + item.usd : known)
  }
  const ledger = new Map(report.rows.map((row) => [row.group.day ?? "", row]))
  const names = [...new Set([...ledger.keys(), ...provider.keys()])].sort()
  const days = names.map((day) => {
    const row = ledger.get(day)
    return dayOf(day, row?.billedUsd ?? null, provider.get(day) ?? null, row?.unpriced ?? 0)
  })
  return {
    days,
    total: dayOf(
      "total",
      days.reduce<number | null>((sum, { ledgerUsd }) => plus(sum, ledgerUsd), null),
      days.reduce<number | null>((sum, { providerUsd }) => plus(sum, providerUsd), null),
      days.reduce((sum, { unpriced }) => sum + unpriced, 0)
    )
  }
}
