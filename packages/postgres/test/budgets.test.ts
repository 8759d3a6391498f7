/** Budgets that gateways share: what they lease together, and what is left after a failure. */
import { BudgetAccount, Reservation } from "@clawdbot/domain/Budget/BudgetAccount"
import { BudgetLeases } from "@clawdbot/domain/Budget/BudgetLeases"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import * as BudgetLeasesPostgres from "../src/Budget/BudgetLeasesPostgres.ts"
import * as Database from "../src/Database.ts"
import { describeWithServer, optionsFor } from "./store.ts"
import { entry, ledgerLayer, makeStore, stateFolder } from "./usage.ts"

const client = "laptop"
const budget = { usdPerMonth: 1 }

/** A gateway with one account, whose requests cost what they reserved. */
const gatewayOf = (schema: string) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) =>
      Scope.close(scope, Exit.void)
    )
    const built = yield* BudgetLeasesPostgres.layer.pipe(
      Layer.provideMerge(ledgerLayer(yield* stateFolder)),
      Layer.provide(Layer.fresh(Database.layer(optionsFor(schema)))),
      Layer.buildWithScope(scope)
    )
    const ledger = Context.get(built, UsageLedger)
    const leases = Context.get(built, BudgetLeases)
    const account = new BudgetAccount()
    const renew = Effect.gen(function* () {
      const mark = account.mark()
      const asks = [{ client, budget, held: () => account.heldSince(mark) }]
      const known = (yield* leases.renew(asks, Date.now())).get(client)
      assert.isDefined(known)
      if (known !== undefined) account.learn(mark, known, Date.now())
    })
    /** Sends one request; gives what it cost. */
    const spend = (usd: number): number => {
      const begun = account.begin(budget, { usd, tokens: 0 }, Date.now())
      if (!(begun instanceof Reservation)) return 0
      ledger.record(entry({ at: Date.now(), client, cost: { billed: usd, list: 0, priced: 1 } }))
      begun.settle({ usd, tokens: 0 }, Date.now())
      return usd
    }
    return { account, renew, spend, ledger, end: Scope.close(scope, Exit.void) }
  })

describe("a grant", () => {
  it("never gives two gateways the same money, in whichever order they ask", () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 30 }),
        (left, asking) => {
          const leases = new Map<number, number>()
          for (const one of asking) {
            const others = [...leases].filter(([other]) => other !== one)
            const usd = others.reduce((sum, [, granted]) => sum + granted, 0)
            leases.set(one, BudgetLeasesPostgres.grant(left, 0, { usd, count: others.length }))
          }
          const sum = [...leases.values()].reduce((total, granted) => total + granted, 0)
          assert.isAtMost(sum, left + 1e-9)
        }
      )
    ))
})

describeWithServer("budgets that gateways share", () => {
  it.scopedLive("are not overspent by three gateways that spend at once and renew in between", () =>
    Effect.gen(function* () {
      const { schema } = yield* makeStore
      const gateways = yield* Effect.replicateEffect(gatewayOf(schema), 3)
      for (const { renew } of gateways) yield* renew
      let spent = 0
      for (let round = 0; round < 8; round++) {
        for (const { spend } of gateways)
          for (let count = 0; count < 64; count++) spent += spend(0.01)
        yield* Effect.forEach(gateways, ({ renew }) => renew, { concurrency: "unbounded" })
      }
      // Each goes over its own lease by one reserve at most; and nearly all of it can be used.
      assert.isAtMost(spent, 1 + 3 * 0.01 + 1e-9)
      assert.isAtLeast(spent, 0.9)
    })
  )

  it.scopedLive("are known to a gateway that starts, and free again after one that ended", () =>
    Effect.gen(function* () {
      const { schema } = yield* makeStore
      const first = yield* gatewayOf(schema)
      yield* first.renew
      let spent = 0
      for (let count = 0; count < 5; count++) spent += first.spend(0.1)
      assert.closeTo(spent, 0.5, 1e-9)
      first.ledger.record(entry({ at: Date.now(), client, assumed: 0.2 }))
      yield* first.end
      const second = yield* gatewayOf(schema)
      yield* second.renew
      const standing = second.account.standing(budget, Date.now())
      assert.closeTo(standing.spent?.month ?? 0, 0.7, 1e-9)
      assert.closeTo(standing.share, 0.3, 1e-9)
    })
  )
})
