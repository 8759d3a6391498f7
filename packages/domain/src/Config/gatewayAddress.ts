/** Where the gateway listens by the config, and by what a command line says instead. Pure. */
import type { Config } from "./Config.ts"
import { defaults } from "./defaults.ts"
import { gatewayHosts } from "./gatewayHosts.ts"

/** Where a gateway listens. `names` are the further names that lead to it, in lower case. */
export interface GatewayAddress {
  readonly host: string
  /** 0 for any free one, not yet known. */
  readonly port: number
  readonly names: ReadonlyArray<string>
}

/** What `gateway --port` and `gateway --bind` say. */
export interface AddressFlags {
  readonly port?: number | undefined
  readonly bind?: string | undefined
}

const hostOf = (bind: string | undefined): string => {
  if (bind === "lan") return "0.0.0.0"
  return "127.0.0.1"
}

/** The address of a gateway that is started now. */
export const gatewayAddress = (config: Config, flags: AddressFlags = {}): GatewayAddress => ({
  host: hostOf(flags.bind ?? config.gateway?.bind),
  port: flags.port ?? config.gateway?.port ?? defaults["gateway.port"],
  names: gatewayHosts(config).names
})

const highestPort = 65_535

/** The port that is proposed where one is taken. */
export const otherPort = (taken: number): number => {
  if (taken < highestPort) return taken + 1
  return taken - 1
}
