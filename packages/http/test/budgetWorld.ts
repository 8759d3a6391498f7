/** A gateway whose client `laptop` has a budget, over a ledger. */
import { createHash } from "node:crypto"
import * as BudgetLeases from "@clawdbot/domain/Budget/BudgetLeases"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { ClientBudget } from "@clawdbot/domain/Config/budgetSection"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import type * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Budgets from "../src/Budgets.ts"
import type { ServedRequest } from "../src/dataPlane/ServedRequest.ts"
import { usageEntries } from "../src/usageEntries.ts"
import { body, keys, type Started, withGateway } from "./world.ts"

const laptop = "cbt_planted-token-of-the-laptop"
const clients = new Map<string, Client>([
  [createHash("sha256").update(laptop).digest("hex"), { name: "laptop", agent: undefined }]
])
/** What the client sends with its requests. */
export const asLaptop = { "x-api-key": laptop }
/** What it asks for. */
export const model = "claude-opus-4-5"
/** 0.50 USD. */
export const usage = { input_tokens: 50_000, output_tokens: 10_000 }
/** Of a subscription, which is billed for nothing. */
export const setupToken = `sk-ant-oat01-${"A".repeat(80)}`

/** Runs a test with a gateway on a ledger, which may hold something already. */
export const withBudget = (
  budget: ClientBudget,
  script: Readonly<Record<string, Script.Script>>,
  test: (
    started: Started,
    heard: ReadonlyArray<ServedRequest>
  ) => Effect.Effect<void, unknown, UsageLedger>,
  stores: Readonly<Record<string, unknown>> = keys(...Object.keys(script)),
  more: { readonly gateway?: object; readonly agents?: object } = {},
  when: "from the start" | "after the start" = "from the start"
) =>
  Effect.gen(function* () {
    const ledger = yield* UsageLedger
    const config = { ...more, gateway: { ...more.gateway, budgets: { laptop: budget } } }
    const atStart = when === "from the start" ? config : {}
    const budgets = yield* Effect.gen(function* () {
      const made = yield* Budgets.make
      const store = yield* ConfigStore
      if (when === "after the start")
        yield* store.edit(() =>
          Either.right([{ _tag: "Set", path: ["gateway"], value: config.gateway }])
        )
      return made
    }).pipe(
      Effect.provide(BudgetLeases.layerOwn),
      Effect.provide(
        ConfigMemory.layer(JSON.stringify(atStart)).pipe(
          Layer.provide(EnvironmentMemory.layer({})),
          Layer.provide(EnvironmentMemory.pathsLayer())
        )
      )
    )
    const heard: Array<ServedRequest> = []
    yield* withGateway(
      {
        script,
        stores,
        config,
        gateway: {
          budgets,
          clients: () => clients,
          observe: (served) => {
            heard.push(served)
            for (const entry of usageEntries(served)) ledger.record(entry)
            return undefined
          }
        }
      },
      (started) => Effect.provideService(test(started, heard), UsageLedger, ledger)
    )
  }).pipe(Effect.scoped)

/** A request of the client. */
export const asked = { body: { ...body, model, max_tokens: 100 }, headers: asLaptop }

/** What a refusal says of itself. */
export const detailsOf = (text: string) => {
  const { error, type } = JSON.parse(text)
  return { type, kind: error.type, code: error.details.error_code, message: error.message }
}
