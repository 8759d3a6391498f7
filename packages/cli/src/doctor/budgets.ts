/** Clients with budgets, for `doctor`. */
import type { BudgetFacts } from "@clawdbot/domain/Budget/budgetFindings"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const clientNames = Effect.gen(function* () {
  const { withAccessTokens } = yield* Effect.promise(() => import("../gateway/accessTokens.ts"))
  const { clients } = yield* withAccessTokens(
    Effect.flatMap(AccessTokens, ({ clients }) => clients)
  )
  return new Set(Object.keys(clients))
})

/** Undefined where no client has a budget, and where the config or the store cannot be read. */
export const lookAtBudgets = (unopened: StoreError | undefined) =>
  Effect.gen(function* () {
    if (unopened !== undefined) return undefined
    const loaded = yield* Effect.option((yield* ConfigStore).load)
    const { budgets } = Option.getOrUndefined(loaded)?.config.gateway ?? {}
    if (budgets === undefined || Object.keys(budgets).length === 0) return undefined
    const { standings } = yield* Effect.promise(() => import("../usage/budgets.ts"))
    const facts: BudgetFacts = {
      budgets,
      clients: yield* Effect.orElseSucceed(clientNames, () => undefined),
      standings: yield* Effect.match(standings, {
        onFailure: ({ message }) => ({ problem: message }),
        onSuccess: ({ report }) => report
      })
    }
    return facts
    // In silence: `doctor` shows older keys of the config itself.
  }).pipe(Effect.provide(ConfigFile.layer))
