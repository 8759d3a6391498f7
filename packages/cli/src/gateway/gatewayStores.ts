/** The stores a gateway serves from: those of the machine's files, or one that gateways share. */

import type { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import type { ConfigError } from "@clawdbot/domain/Config/ConfigError"
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { configFor, type OwnAddress } from "@clawdbot/http/OwnAddress"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import type { Disk } from "@clawdbot/node/File/Disk"
import { storesOver } from "@clawdbot/node/machineStores"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The gateway's credentials and tokens, whichever store they are in. */
export type Credentials = Layer.Layer<
  Layer.Layer.Success<ReturnType<typeof storesOver>> | AccessTokens,
  StoreError | ConfigError,
  StatePaths | Environment | Disk
>

/** Those of the machine's files, or of the shared store that the config names. */
export const credentials = (own: OwnAddress, shared: ConfigSnapshot | undefined) =>
  Effect.gen(function* () {
    const config = configFor(own)
    const ofFiles: Credentials = Layer.merge(storesOver(config), AccessTokensFile.layer)
    if (shared === undefined) return ofFiles
    const { forGateway } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    const ofStore: Credentials = forGateway(shared, config)
    return ofStore
  })
