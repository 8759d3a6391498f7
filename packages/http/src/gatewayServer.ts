/** The `node:http` server of a gateway: its limits, and how long it waits for clients. */

import { createServer, type Server } from "node:http"
import { descriptors, maxClients } from "@clawdbot/node/Process/descriptors"
import * as Effect from "effect/Effect"
import type { Connections } from "./Connections.ts"
import type { ClientTimeouts } from "./GatewayOptions.ts"
import { sweepMs } from "./maintenance.ts"

/** No request takes longer to arrive than this, in ms, whatever its route and its speed. */
const maxRequestMs = 24 * 3_600_000

/** Requests in flight at a time; more are refused. Each that is streamed holds some 60 KB. */
export const maxRequests = 16_384

/** Those of one client: what it can make the gateway hold. */
export const maxRequestsPerClient = 2_048

/** Connections at a time, as far as the system allows them. */
export const maxConnections = 2 * maxRequests

/**
 * So many more are accepted before one of them is closed: the system's queue of those that wait
 * gives them out faster than they can be looked at.
 */
const beforeClosing = 4

/** A server without a handler, which does not listen yet. */
export const make = (timeouts: ClientTimeouts): Server =>
  createServer({
    headersTimeout: timeouts.headersMs,
    // Node counts from the first byte whatever the route; see SlowSenders.
    requestTimeout: maxRequestMs,
    connectionsCheckingInterval: Math.min(sweepMs, timeouts.headersMs / 2),
    keepAliveTimeout: 75_000,
    maxHeaderSize: 64 * 1024,
    highWaterMark: 64 * 1024
  })

/** Lowers the limit of connections to what the system lets this process open. */
export const limitConnections = (server: Server, connections: Connections) =>
  Effect.map(descriptors, (found) => {
    if (found === undefined) return
    const most = Math.min(maxConnections, maxClients(found))
    connections.limits = { ...connections.limits, connections: most }
    server.maxConnections = most + beforeClosing
  })
