/** The addresses that a gateway tells of itself. */
import { isLoopbackName } from "../ClientAuth.ts"
import { urlOf } from "../listen.ts"
import type { GatewayInfo } from "./GatewayInfo.ts"

/** `0.0.0.0` takes no connection of IPv6, `::` those of both. */
const reachedAt = (host: string, networkAddresses: ReadonlyArray<string>) => {
  if (host === "::") return networkAddresses
  if (host === "0.0.0.0") return networkAddresses.filter((address) => !address.includes(":"))
  return [host]
}

/**
 * The addresses of a gateway. `networkAddresses` are those of this machine's networks. Pure.
 */
export const urlsOf = (
  host: string,
  port: number,
  networkAddresses: ReadonlyArray<string>
): Pick<GatewayInfo, "url" | "networkUrls"> => {
  const url = urlOf(host, port)
  if (isLoopbackName(host)) return { url, networkUrls: [] }
  const reached = reachedAt(host, networkAddresses)
  return { url, networkUrls: reached.map((address) => urlOf(address, port)) }
}
