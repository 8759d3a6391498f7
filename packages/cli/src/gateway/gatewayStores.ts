/** The stores a gateway serves from: those of the machine's files, or one that gateways share. */

import type { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import {
  type BudgetLeases,
  layerOwn as budgetsOfLedger
} from "@clawdbot/domain/Budget/BudgetLeases"
import type { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import type { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import type { ConfigError } from "@clawdbot/domain/Config/ConfigError"
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as GatewayFleet from "@clawdbot/domain/Fleet/GatewayFleet"
import type { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as DashboardAccessLocal from "@clawdbot/http/dashboard/DashboardAccessLocal"
import { configFor, type OwnAddress } from "@clawdbot/http/OwnAddress"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import type { Disk } from "@clawdbot/node/File/Disk"
import { storesOver } from "@clawdbot/node/machineStores"
import * as UsageFiles from "@clawdbot/node/Usage/UsageFiles"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The gateway's credentials, tokens, pins and ledger, whichever store they are in. */
export type GatewayStores = Layer.Layer<
  | Layer.Layer.Success<ReturnType<typeof storesOver>>
  | AccessTokens
  | BudgetLeases
  | DashboardAccess
  | GatewayFleet.GatewayFleet
  | ResourcePins
  | UsageLedger,
  StoreError | ConfigError,
  StatePaths | Environment | Disk
>

/** The stores of the machine's files, or the shared one that the config names. */
export const gatewayStores = (own: OwnAddress, shared: ConfigSnapshot | undefined) =>
  Effect.gen(function* () {
    const config = configFor(own)
    const ofFiles: GatewayStores = Layer.mergeAll(
      Layer.provideMerge(budgetsOfLedger, UsageFiles.layer),
      ResourcePinsFile.layer,
      AccessTokensFile.layer,
      DashboardAccessLocal.layerFile,
      GatewayFleet.layerNone
    ).pipe(Layer.provideMerge(storesOver(config)))
    if (shared === undefined) return ofFiles
    const { forGateway } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    const ofStore: GatewayStores = forGateway(shared, config)
    return ofStore
  })
