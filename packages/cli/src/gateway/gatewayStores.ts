/** The stores a gateway serves from: its config as far as it can work with it, and credentials. */

import * as UpstreamIsGateway from "@clawdbot/domain/Auth/upstreamIsGateway"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { ConfigError } from "@clawdbot/domain/Config/ConfigError"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { checked } from "@clawdbot/domain/Config/checkedConfig"
import { type GatewayAddress, gatewayAddress } from "@clawdbot/domain/Config/gatewayAddress"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import type { Disk } from "@clawdbot/node/File/Disk"
import { storesOver } from "@clawdbot/node/machineStores"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** What the command line says of the address. */
export interface AddressFlags {
  readonly port: number | undefined
  readonly bind: string | undefined
}

/**
 * Where this gateway listens. The config says it once, at the start: later changes of it are not
 * used before the next one.
 */
export class OwnAddress {
  private address: GatewayAddress | undefined
  private readonly flags: AddressFlags

  constructor(flags: AddressFlags) {
    this.flags = flags
  }

  by(config: Config): GatewayAddress {
    this.address ??= gatewayAddress(config, this.flags)
    return this.address
  }

  /** The port that was given, where any free one was asked for. */
  listensOn(port: number): void {
    if (this.address !== undefined) this.address = { ...this.address, port }
  }
}

/** The person's config, as far as a gateway at this address can work with it. */
const configFor = (own: OwnAddress) =>
  Layer.effect(
    ConfigStore,
    Effect.map(ConfigStore, (store) =>
      checked(store, (snapshot) => UpstreamIsGateway.refusal(snapshot, own.by(snapshot.config)))
    )
  ).pipe(Layer.provide(ConfigFile.layerWatching))

/** The gateway's credentials, whichever store they are in. */
export type Credentials = Layer.Layer<
  Layer.Layer.Success<ReturnType<typeof storesOver>>,
  StoreError | ConfigError,
  StatePaths | Environment | Disk
>

/** The credentials of the machine's files, or of the shared store that the config names. */
export const credentials = (own: OwnAddress, shared: ConfigSnapshot | undefined) =>
  Effect.gen(function* () {
    const config = configFor(own)
    const ofFiles: Credentials = storesOver(config)
    if (shared === undefined) return ofFiles
    const { forGateway } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    const ofStore: Credentials = forGateway(shared, config)
    return ofStore
  })
