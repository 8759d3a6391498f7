/** Changes of a client's budget as edits of the config. Pure. */
import type { Budgets, ClientBudget } from "../Config/budgetSection.ts"
import type { ConfigEdit } from "../Config/ConfigStore.ts"
import { defined } from "../Document/defined.ts"
import { type LimitName, limitNames } from "./limitWords.ts"
import { keyOf, periods } from "./Period.ts"
import type { MoneyGiven } from "./parseLimit.ts"

/** What becomes of limits: a value, or undefined for one that is taken away. */
export type LimitChanges = ReadonlyMap<LimitName, number | undefined>

/** What a command line says. Undefined: nothing about it. */
export interface LimitsGiven {
  readonly money: ReadonlyArray<MoneyGiven>
  readonly tokens: { readonly perMinute: number | undefined } | undefined
  readonly requests: { readonly perMinute: number | undefined } | undefined
}

/** By the name of each limit that is mentioned; the last word about one counts. */
export const changesOf = ({ money, requests, tokens }: LimitsGiven): LimitChanges => {
  const changes = new Map<LimitName, number | undefined>()
  for (const { period, usd } of money)
    for (const one of period === undefined ? periods : [period]) changes.set(keyOf[one], usd)
  if (tokens !== undefined) changes.set("tokensPerMinute", tokens.perMinute)
  if (requests !== undefined) changes.set("requestsPerMinute", requests.perMinute)
  return changes
}

const hasLimit = (budget: ClientBudget): boolean =>
  limitNames.some((name) => budget[name] !== undefined)

/**
 * The fewest edits that make a client's limits so. A budget without a limit is taken out whole, and
 * with the last of them `gateway.budgets`.
 */
export const budgetEdits = (
  budgets: Budgets,
  client: string,
  changes: LimitChanges
): ReadonlyArray<ConfigEdit> => {
  const path = ["gateway", "budgets", client]
  const before = Object.hasOwn(budgets, client) ? budgets[client] : undefined
  const after: ClientBudget = { ...before, ...Object.fromEntries(changes) }
  if (!hasLimit(after)) {
    if (before === undefined) return []
    const isLast = Object.keys(budgets).length === 1
    return [{ _tag: "Unset", path: isLast ? path.slice(0, 2) : path }]
  }
  if (before === undefined) return [{ _tag: "Set", path, value: defined(after) }]
  return [...changes].flatMap(([name, value]): ReadonlyArray<ConfigEdit> => {
    if (before[name] === value) return []
    const at = [...path, name]
    return [value === undefined ? { _tag: "Unset", path: at } : { _tag: "Set", path: at, value }]
  })
}
