/**
 * The connection to a token endpoint. A file of its own, so that the client is loaded when a login
 * is refreshed for the first time: imported by name here, because a bundle gives the names of such
 * a package to static imports alone.
 */
import { Agent, buildConnector, type Dispatcher } from "undici"
import { throughProxies } from "../Upstream/proxyConnector.ts"
import type { ProxyFor } from "../Upstream/proxySettings.ts"

const connectMs = 10_000

/** The policy limits the whole; this only ends what hangs below it, in ms. */
const times = { headersTimeout: 35_000, bodyTimeout: 35_000 }

/** One connection, closed by whoever asked for it. */
export const connect = (proxyFor: ProxyFor | undefined): Dispatcher => {
  const direct = buildConnector({ timeout: connectMs, allowH2: false })
  return new Agent({
    ...times,
    connect: proxyFor === undefined ? direct : throughProxies(proxyFor, connectMs, direct)
  })
}
