/**
 * Connections that go through a proxy where the environment says so. What chooses is the
 * connection, not the request: a request over a proxy costs what any other costs, and is sent as it
 * is.
 */
import type { buildConnector } from "undici"
import type { ProxyFor } from "./proxySettings.ts"
import { openTunnel } from "./tunnel.ts"

/** A connector that asks `proxyFor` for every connection; `connectMs` limits each tunnel. */
export const throughProxies =
  (
    proxyFor: ProxyFor,
    connectMs: number,
    direct: buildConnector.connector
  ): buildConnector.connector =>
  (options, callback) => {
    const { hostname, protocol } = options
    const port = Number(options.port) || (protocol === "https:" ? 443 : 80)
    const proxy = proxyFor({ protocol, hostname, port })
    if (proxy === undefined) return direct(options, callback)
    const target = { hostname: hostname.replace(/^\[|\]$/g, ""), port }
    openTunnel(proxy, target, AbortSignal.timeout(connectMs)).then(
      (socket) => {
        if (protocol === "https:") return direct({ ...options, httpSocket: socket }, callback)
        socket.setNoDelay(true)
        callback(null, socket)
      },
      (cause: unknown) => {
        callback(cause instanceof Error ? cause : new Error("the proxy failed"), null)
      }
    )
  }
