/** What clients with budgets may use, what of it is used, and what is left. Pure. */

import * as Schema from "effect/Schema"
import type { Budgets, ClientBudget } from "../Config/budgetSection.ts"
import { lazily } from "../Document/lazily.ts"
import type { Rates } from "./BudgetAccount.ts"
import type { Standing } from "./decideBudget.ts"
import { limitNames } from "./limitWords.ts"
import { endOf, keyOf, type Period, periods } from "./Period.ts"
import { nothing, type Spent } from "./Spent.ts"

/** One limit; USD, tokens or requests by its name. What is not known is null, never 0. */
export const BudgetLine = lazily(() =>
  Schema.Struct({
    limit: Schema.Literal(...limitNames),
    /** What the config allows; of a rate, this gateway's part. */
    allowed: Schema.Number,
    used: Schema.NullOr(Schema.Number),
    /** What requests in flight may still cost; of a rate it is in `used`, and this is null. */
    reserved: Schema.NullOr(Schema.Number),
    /** Never below 0. */
    left: Schema.NullOr(Schema.Number),
    /** When the period ends, in epoch ms; null for rates, which come back evenly. */
    resetsAt: Schema.NullOr(Schema.Number)
  })
)
export type BudgetLine = typeof BudgetLine.Type

/** Requests of a client that its budget did not let through on one day of UTC. */
export const BudgetRefusals = lazily(() =>
  Schema.Struct({
    count: Schema.Number,
    /** Epoch ms. */
    lastAt: Schema.Number,
    /** The `error_code` of the last one, such as `BudgetSpent`. */
    lastCode: Schema.String
  })
)
export type BudgetRefusals = typeof BudgetRefusals.Type

/** One client. */
export const ClientStanding = lazily(() =>
  Schema.Struct({
    client: Schema.String,
    /** Whether it is served while it is not known what it spent. */
    failOpen: Schema.Boolean,
    limits: Schema.Array(BudgetLine),
    /**
     * Those of today, in UTC, since the gateway started; null without any, and where no gateway was
     * asked.
     */
    refused: Schema.NullOr(BudgetRefusals)
  })
)
export type ClientStanding = typeof ClientStanding.Type

/** Every client with a budget, by name. */
export const BudgetReport = lazily(() =>
  Schema.Struct({
    /** Epoch ms. */
    at: Schema.Number,
    /** Who says it: a running gateway, or the ledger, which knows no rates and no reserves. */
    from: Schema.Literal("gateway", "ledger"),
    clients: Schema.Array(ClientStanding)
  })
)
export type BudgetReport = typeof BudgetReport.Type

/** What is known of a client's money; USD. */
interface Money {
  readonly spent: Spent | undefined
  readonly reserved: number | undefined
}

const moneyLine = (
  period: Period,
  allowed: number,
  { reserved, spent }: Money,
  now: number
): BudgetLine => {
  const used = spent?.[period] ?? null
  return {
    limit: keyOf[period],
    allowed,
    used,
    reserved: reserved ?? null,
    left: used === null ? null : Math.max(0, allowed - used - (reserved ?? 0)),
    resetsAt: endOf(period, now)
  }
}

const moneyLines = (budget: ClientBudget, money: Money, now: number): ReadonlyArray<BudgetLine> =>
  periods.flatMap((period) => {
    const allowed = budget[keyOf[period]]
    return allowed === undefined ? [] : [moneyLine(period, allowed, money, now)]
  })

const rateLine = (
  limit: "tokensPerMinute" | "requestsPerMinute",
  allowed: number | undefined,
  left: number | undefined
): ReadonlyArray<BudgetLine> => {
  if (allowed === undefined) return []
  const line = { limit, allowed, reserved: null, resetsAt: null }
  if (left === undefined) return [{ ...line, used: null, left: null }]
  return [{ ...line, used: Math.round(allowed - left), left: Math.max(0, Math.round(left)) }]
}

/** A client as its gateway knows it. `parts` are the gateway's parts of its rates. */
export const ofGateway = (
  client: string,
  budget: ClientBudget,
  standing: Standing,
  parts: Rates,
  refused: BudgetRefusals | undefined,
  now: number
): ClientStanding => ({
  client,
  failOpen: budget.failOpen === true,
  limits: [
    ...moneyLines(budget, standing, now),
    ...rateLine("tokensPerMinute", parts.tokensPerMinute, standing.tokens),
    ...rateLine("requestsPerMinute", parts.requestsPerMinute, standing.requests)
  ],
  refused: refused ?? null
})

/** The clients by the ledger alone, where no gateway runs that could be asked. */
export const ofLedger = (
  budgets: Budgets,
  spent: ReadonlyMap<string, Spent>,
  now: number
): BudgetReport => ({
  at: now,
  from: "ledger",
  clients: byName(
    Object.entries(budgets).map(([client, budget]) => ({
      client,
      failOpen: budget.failOpen === true,
      limits: [
        ...moneyLines(budget, { spent: spent.get(client) ?? nothing, reserved: undefined }, now),
        ...rateLine("tokensPerMinute", budget.tokensPerMinute, undefined),
        ...rateLine("requestsPerMinute", budget.requestsPerMinute, undefined)
      ],
      refused: null
    }))
  )
})

/** Clients in the order of their names. */
export const byName = (clients: ReadonlyArray<ClientStanding>): ReadonlyArray<ClientStanding> =>
  clients.toSorted((one, other) => (one.client < other.client ? -1 : 1))

/** From this part of a limit on a client is worth a line where little is shown. */
export const nearlyUsed = 0.75

/** The part of a limit that is used; undefined where that is not known. 1 is all of it. */
export const usedPart = ({ allowed, used }: BudgetLine): number | undefined =>
  used === null ? undefined : used / allowed

/** The limit of money of a client that is used most, where that is three quarters of it or more. */
export const mostUsed = ({ limits }: ClientStanding): BudgetLine | undefined =>
  limits
    .filter(({ limit }) => limit.startsWith("usd"))
    .filter((line) => (usedPart(line) ?? 0) >= nearlyUsed)
    .toSorted((one, other) => (usedPart(other) ?? 0) - (usedPart(one) ?? 0))[0]
