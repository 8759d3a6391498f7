/**
 * Everything `clawdbot gateway --practice` runs on: the scripted Anthropic on loopback, and stores
 * in memory. No file is touched.
 */

import { layerOwn as budgetsOfLedger } from "@clawdbot/domain/Budget/BudgetLeases"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ResourcePinsMemory from "../Auth/ResourcePinsMemory.ts"
import * as AccessTokensMemory from "../Client/AccessTokensMemory.ts"
import * as ConfigMemory from "../Config/ConfigMemory.ts"
import * as EnvironmentMemory from "../Environment/EnvironmentMemory.ts"
import * as HealthMemory from "../Health/HealthMemory.ts"
import * as RefreshJournalMemory from "../OAuth/RefreshJournalMemory.ts"
import * as ProfileMemory from "../Profile/ProfileMemory.ts"
import { limitedKey, practice, steadyKey } from "../ScriptedAnthropic/practice.ts"
import * as ScriptedAnthropic from "../ScriptedAnthropic/ScriptedAnthropic.ts"
import * as UsageMemory from "../Usage/UsageMemory.ts"

const stores = {
  main: {
    profiles: {
      "anthropic:practice-limited": { type: "api_key", provider: "anthropic", key: limitedKey },
      "anthropic:practice-steady": { type: "api_key", provider: "anthropic", key: steadyKey }
    },
    order: { anthropic: ["anthropic:practice-limited", "anthropic:practice-steady"] }
  }
}

/** Practice keys are no logins: there is nothing to refresh. */
const refresh = Layer.succeed(
  OAuthRefresh,
  OAuthRefresh.of({
    ensureFresh: ({ credential }) => Effect.succeed(credential),
    afterRefusal: ({ credential }) => Effect.succeedSome(credential),
    refreshNow: ({ credential }) => Effect.succeed(credential),
    current: ({ credential }) => credential
  })
)

/** Starts the upstream and gives the layers of a throw-away state; both end with the scope. */
export const make = Effect.map(ScriptedAnthropic.make(practice), ({ url }) =>
  Layer.mergeAll(
    ConfigMemory.layer(
      JSON.stringify({ models: { providers: { anthropic: { baseUrl: url, models: [] } } } })
    ),
    AccessTokensMemory.layer,
    ProfileMemory.layer(stores),
    HealthMemory.layer,
    Layer.provideMerge(budgetsOfLedger, UsageMemory.layer),
    ResourcePinsMemory.layer,
    refresh,
    RefreshJournalMemory.layer()
  ).pipe(
    Layer.provideMerge(Layer.mergeAll(EnvironmentMemory.layer({}), EnvironmentMemory.pathsLayer()))
  )
)
