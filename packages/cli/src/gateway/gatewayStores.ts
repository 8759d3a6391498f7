/** The stores a gateway serves from: those of the machine's files, or one that gateways share. */

import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as BudgetLeases from "@clawdbot/domain/Budget/BudgetLeases"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as GatewayFleet from "@clawdbot/domain/Fleet/GatewayFleet"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as DashboardAccessLocal from "@clawdbot/http/dashboard/DashboardAccessLocal"
import { configFor, type OwnAddress } from "@clawdbot/http/OwnAddress"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import { withStoresOver } from "@clawdbot/node/machineStores"
import * as UsageFiles from "@clawdbot/node/Usage/UsageFiles"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Gives an effect the stores of the machine's files, one after the other and without layers. */
export const withFiles =
  (own: OwnAddress) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideServiceEffect(BudgetLeases.BudgetLeases, BudgetLeases.own),
      Effect.provideServiceEffect(UsageLedger, UsageFiles.make),
      Effect.provideServiceEffect(ResourcePins, ResourcePinsFile.make),
      Effect.provideServiceEffect(AccessTokens, AccessTokensFile.make),
      Effect.provideServiceEffect(DashboardAccess, DashboardAccessLocal.inFile),
      Effect.provideService(GatewayFleet.GatewayFleet, GatewayFleet.none),
      withStoresOver(configFor(own)),
      Effect.scoped
    )

/** Gives an effect the shared store that the config names; nothing of it is loaded otherwise. */
export const withShared =
  (own: OwnAddress, shared: ConfigSnapshot) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const { forGateway } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
      return yield* Effect.provide(
        effect,
        forGateway(shared, Layer.scoped(ConfigStore, configFor(own)))
      )
    })
