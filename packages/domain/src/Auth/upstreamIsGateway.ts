/**
 * A `baseUrl` that leads back to the gateway itself: people copy the address they gave their
 * clients into the config. Such a gateway would ask itself, and its own refusal would count against
 * the credential. Pure.
 */
import * as Either from "effect/Either"
import { ConfigInvalid } from "../Config/ConfigError.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import type { GatewayAddress } from "../Config/gatewayAddress.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { type Upstream, upstream } from "./upstreamOrigin.ts"

const shape = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/:]+)(?::(\d+))?$/

/** The loopback names and addresses that reach a server bound to `host`. */
const loopbackOf = (host: string): RegExp => {
  switch (host) {
    case "127.0.0.1":
      return /^(?:localhost|127\.0\.0\.1)$/
    case "0.0.0.0":
      return /^(?:localhost|127(?:\.\d{1,3}){3})$/
    case "::1":
      return /^(?:localhost|\[::1\])$/
    default:
      return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
  }
}

/** Whether anything that listens at `host` is reached over loopback. */
const isOnLoopback = (host: string): boolean =>
  ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost"].includes(host)

/**
 * Whether requests to an upstream reach the gateway that sends them. The names it was given count
 * with its own port, and with that of a proxy that holds the certificate: 443.
 */
export const isGateway = ({ origin }: Upstream, address: GatewayAddress): boolean => {
  const [, scheme, host = "", written] = shape.exec(origin) ?? []
  const usual = scheme === "https" ? 443 : 80
  const port = written === undefined ? usual : Number(written)
  if (address.port !== 0 && port === address.port) {
    if (isOnLoopback(address.host) && loopbackOf(address.host).test(host)) return true
    if (host === address.host || address.names.includes(host)) return true
  }
  return scheme === "https" && port === 443 && address.names.includes(host)
}

const key = `models.providers.${ProviderId.anthropic}.baseUrl`

/** Why a gateway at an address cannot work with a config; undefined where it can. */
export const refusal = (
  snapshot: ConfigSnapshot,
  address: GatewayAddress
): ConfigInvalid | undefined => {
  const target = upstream(snapshot.config, ProviderId.anthropic, snapshot.path)
  if (Either.isLeft(target) || !isGateway(target.right, address)) return undefined
  const source = snapshot.source(key.split("."))
  return new ConfigInvalid({
    path: snapshot.path,
    issues: [
      {
        path: key,
        problem:
          `${target.right.origin} is this gateway's own address: the gateway would send ` +
          "requests to itself",
        cure: `clawdbot config set ${key} https://api.anthropic.com`,
        place: "place" in source ? source.place : undefined
      }
    ]
  })
}
