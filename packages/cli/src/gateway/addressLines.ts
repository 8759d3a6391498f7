/** Where a gateway listens, in words: the same for its start line and its status. Pure. */
import { listIf } from "@clawdbot/domain/Document/listIf"
import { isLoopbackName } from "@clawdbot/http/ClientAuth"
import type { GatewayInfo } from "@clawdbot/http/control/GatewayInfo"

/** The part of a gateway's description that its address is. */
export type Address = Pick<GatewayInfo, "host" | "port" | "url" | "networkUrls" | "hosts">

/** The address it listens on: a URL on loopback, else all of its interfaces or the one it is. */
export const boundTo = ({ host, port, url }: Address): string => {
  if (isLoopbackName(host)) return url
  return `${host}:${port}`
}

/** The same with what follows from it, after "listening on". */
export const listensOn = (address: Address): string => {
  if (isLoopbackName(address.host)) return boundTo(address)
  return `${boundTo(address)} (reachable from your network, without encryption)`
}

/** Rows of a name and a value: by which addresses and names clients reach it. */
export const addressRows = ({
  host,
  hosts,
  networkUrls,
  url
}: Address): ReadonlyArray<readonly [name: string, value: string]> => {
  const isLoopback = isLoopbackName(host)
  const names = isLoopback ? ["localhost", ...hosts] : ["localhost", "any IP address", ...hosts]
  return [
    ...listIf(!isLoopback, ["reachable at", [...networkUrls, url].join(", ")] as const),
    ...listIf(!isLoopback || hosts.length > 0, ["answers to", names.join(", ")] as const)
  ]
}
