/** Where a gateway listens, and its config as far as it can work with it. */

import * as UpstreamIsGateway from "@clawdbot/domain/Auth/upstreamIsGateway"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { ConfigInvalid } from "@clawdbot/domain/Config/ConfigError"
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import { checked } from "@clawdbot/domain/Config/checkedConfig"
import {
  type AddressFlags,
  type GatewayAddress,
  gatewayAddress
} from "@clawdbot/domain/Config/gatewayAddress"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import * as Effect from "effect/Effect"

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

const nothingElse = (): ConfigInvalid | undefined => undefined

/**
 * The person's config, as far as a gateway at this address can work with it. `refusal` says what
 * else stands in the way.
 */
export const configFor = (
  own: OwnAddress,
  refusal: (snapshot: ConfigSnapshot) => ConfigInvalid | undefined = nothingElse
) =>
  Effect.map(ConfigFile.watching, (store) =>
    checked(
      store,
      (snapshot) =>
        refusal(snapshot) ?? UpstreamIsGateway.refusal(snapshot, own.by(snapshot.config))
    )
  )
