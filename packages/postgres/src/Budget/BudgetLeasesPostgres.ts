/**
 * `BudgetLeases` for all gateways of a store. What was spent is in the ledger that they share; of
 * what is left each gateway leases a part, which no other may spend. A gateway serves from its
 * lease without asking, and renews it in the background; one that was killed loses it after a
 * minute.
 */
import { randomUUID } from "node:crypto"
import type { Known } from "@clawdbot/domain/Budget/BudgetAccount"
import {
  BudgetLeases,
  BudgetsUnavailable,
  type LeaseAsk
} from "@clawdbot/domain/Budget/BudgetLeases"
import { moneyLimits } from "@clawdbot/domain/Budget/decideBudget"
import { earliestStart, startOf } from "@clawdbot/domain/Budget/Period"
import type { Spent } from "@clawdbot/domain/Budget/Spent"
import { hourMs } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Database, type Query } from "../Database.ts"
import { inRealTime } from "../realTime.ts"

/** For so long a lease holds, in ms: an outage of the database that is shorter refuses nobody. */
const leaseMs = 60_000

/** The end of a gateway waits so long for its leases to be given back. */
const longestReturn = "2 seconds"

interface Others {
  readonly usd: number
  readonly count: number
}

/**
 * What a gateway may spend of what is `left`, by the leases of the `others`: its even part, but
 * nothing that another has; what it `held` it has spent already.
 */
export const grant = (left: number, held: number, others: Others): number => {
  const free = Math.max(0, left - others.usd)
  return Math.max(held, Math.min(free, left / (others.count + 1)))
}

const leftOf = ({ budget }: LeaseAsk, spent: Spent): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...moneyLimits(budget).map(({ period, usd }) => Math.max(0, usd - spent[period]))
  )

const make = Effect.gen(function* () {
  const { options, query, table, transaction } = yield* Database
  const ledger = yield* UsageLedger
  const instance = randomUUID()
  const [cells, leases] = [table("usage_cell"), table("budget_lease")]

  const spentBy = (ask: Query, client: string, now: number) => {
    const charged = "sum(billed_usd + assumed_usd)"
    const hour = (at: number) => Math.floor(at / hourMs)
    return Effect.map(
      ask<Spent>(
        `select coalesce(${charged} filter (where hour >= $3), 0) as day,
           coalesce(${charged} filter (where hour >= $4), 0) as week,
           coalesce(${charged} filter (where hour >= $5), 0) as month
         from ${cells} where client = $1 and client <> '' and hour >= $2`,
        [
          client,
          hour(earliestStart(now)),
          hour(startOf("day", now)),
          hour(startOf("week", now)),
          hour(startOf("month", now))
        ]
      ),
      ([spent]): Spent => spent ?? { day: 0, week: 0, month: 0 }
    )
  }

  const renewOne = (asked: LeaseAsk, now: number) =>
    transaction((inside) =>
      Effect.gen(function* () {
        const { client } = asked
        // One gateway at a time: two would lease the same money.
        yield* inside("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
          `${options.schema}\x1fbudget\x1f${client}`
        ])
        yield* inside(`delete from ${leases} where client = $1 and until < clock_timestamp()`, [
          client
        ])
        const [others = { usd: 0, count: 0 }] = yield* inside<Others>(
          `select coalesce(sum(usd), 0)::float8 as usd, count(*)::int as count from ${leases}
           where client = $1 and instance <> $2`,
          [client, instance]
        )
        const spent = yield* spentBy(inside, client, now)
        const granted = grant(leftOf(asked, spent), asked.held(), others)
        yield* inside(
          `insert into ${leases} (client, instance, usd, until)
           values ($1, $2, $3, clock_timestamp() + $4::float8 * interval '1 ms')
           on conflict (client, instance) do update
             set usd = excluded.usd, until = excluded.until`,
          [client, instance, Number.isFinite(granted) ? granted : 0, leaseMs]
        )
        const known: Known = {
          spent,
          asOf: now,
          granted,
          // Counted from before the database was asked: it ends here before it ends there.
          until: now + leaseMs,
          gateways: others.count + 1
        }
        return [client, known] as const
      })
    )

  // What this gateway spent has to be in the ledger before the others may lease what is left.
  const giveBack = ledger.flush.pipe(
    Effect.zipRight(query(`delete from ${leases} where instance = $1`, [instance])),
    Effect.disconnect,
    Effect.timeout(longestReturn),
    Effect.ignore
  )
  yield* Effect.addFinalizer(() => inRealTime(giveBack))

  return BudgetLeases.of({
    isShared: true,
    renew: (asks, now) =>
      ledger.flush.pipe(
        Effect.zipRight(Effect.forEach(asks, (asked) => renewOne(asked, now))),
        Effect.map((found) => new Map(found)),
        Effect.mapError(({ message }) => new BudgetsUnavailable({ problem: message }))
      )
  })
})

/** The leases of a gateway. */
export const layer: Layer.Layer<BudgetLeases, never, Database | UsageLedger> = Layer.scoped(
  BudgetLeases,
  make
)
