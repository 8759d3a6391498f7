/**
 * What clients with budgets have used: from the gateway that runs on this state folder, or, without
 * one that can say it, from the ledger.
 */
import * as Report from "@clawdbot/domain/Budget/BudgetReport"
import { earliestStart } from "@clawdbot/domain/Budget/Period"
import * as Spent from "@clawdbot/domain/Budget/Spent"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { recorded } from "./ledger.ts"

const fromLedger = Effect.gen(function* () {
  const { config } = yield* (yield* ConfigStore).load
  const now = yield* Clock.currentTimeMillis
  const budgets = config.gateway?.budgets ?? {}
  const { cells, place } = yield* recorded({ since: earliestStart(now), until: now + 1 })
  return { report: Report.ofLedger(budgets, Spent.byClient(cells, now), now), place }
})

/** The clients, and where the ledger is, in words, where it alone was asked. */
export const standings = Effect.gen(function* () {
  const { control } = yield* Effect.promise(() => import("../gateway/controlClient.ts"))
  const client = yield* control
  return yield* Effect.matchEffect(client.budgets(), {
    onFailure: () => fromLedger,
    onSuccess: (report) => Effect.succeed({ report, place: undefined })
  })
})
