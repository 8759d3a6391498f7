/**
 * Port: what the clients with budgets have spent, and how much more this gateway may spend before
 * it asks again. Layers: {@link layerOwn} for the only gateway of a state folder, and a store that
 * gateways share (`@clawdbot/postgres`).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { ClientBudget } from "../Config/budgetSection.ts"
import { taggedError } from "../Document/taggedError.ts"
import { UsageLedger } from "../Usage/UsageLedger.ts"
import type { Known } from "./BudgetAccount.ts"
import { earliestStart } from "./Period.ts"
import * as Spent from "./Spent.ts"

/** What clients have spent cannot be read. Budgets of money let nothing through meanwhile. */
export class BudgetsUnavailable extends taggedError<BudgetsUnavailable>()(
  "BudgetsUnavailable",
  () => ({ problem: Schema.String })
) {
  override get message() {
    return `what clients with budgets have spent is not known: ${this.problem}`
  }
}

/** One client. */
export interface LeaseAsk {
  readonly client: string
  readonly budget: ClientBudget
  /** USD of this gateway that are not in the ledger, at the moment of asking. */
  readonly held: () => number
}

/**
 * - `renew` is what is known of each client, by its name; `now` is epoch ms. No request waits for
 *   it.
 * - `isShared` says whether other gateways spend too: then it has to be renewed.
 */
export class BudgetLeases extends Context.Tag("@clawdbot/domain/Budget/BudgetLeases")<
  BudgetLeases,
  {
    readonly isShared: boolean
    readonly renew: (
      asks: ReadonlyArray<LeaseAsk>,
      now: number
    ) => Effect.Effect<ReadonlyMap<string, Known>, BudgetsUnavailable>
  }
>() {}

/** Of a gateway that is the only one: the ledger says what was spent, and the rest is its own. */
export const own = Effect.map(UsageLedger, (ledger) =>
  BudgetLeases.of({
    isShared: false,
    renew: (asks, now) =>
      ledger.cells({ since: earliestStart(now), until: now + 1 }).pipe(
        Effect.mapError(({ message }) => new BudgetsUnavailable({ problem: message })),
        Effect.map((cells) => {
          const spent = Spent.byClient(cells, now)
          const known = ({ client }: LeaseAsk): readonly [string, Known] => [
            client,
            {
              spent: spent.get(client) ?? Spent.nothing,
              asOf: now,
              granted: Number.POSITIVE_INFINITY,
              until: Number.POSITIVE_INFINITY,
              gateways: 1
            }
          ]
          return new Map(asks.map(known))
        })
      )
  })
)

/** The layer of {@link own}. */
export const layerOwn: Layer.Layer<BudgetLeases, never, UsageLedger> = Layer.effect(
  BudgetLeases,
  own
)
