/** What a server hears besides requests: new connections, `CONNECT`, and bytes that are none. */
import type { Server } from "node:http"
import type { Connections } from "./Connections.ts"
import type { FairScheduler } from "./FairScheduler.ts"
import type { InFlight } from "./InFlight.ts"
import type { LocalResponses } from "./LocalResponses.ts"
import { lastWords } from "./lastWords.ts"
import { codeOf } from "./listen.ts"
import { pauseSocket, resumeSocket } from "./pauseSocket.ts"
import * as RequestForm from "./requestForm.ts"

/** Whom new connections are counted for. No client's name has blanks. */
const unknownClient = "new connections"

/**
 * Whose a new connection is is not known before it was read: all of them share one client's time.
 */
const scheduleNewConnections = (
  server: Server,
  connections: Connections,
  scheduler: FairScheduler
): void => {
  const newConnections = scheduler.of(unknownClient, false)
  server.on("connection", (socket) => {
    connections.add(socket)
    if (!newConnections.isOver()) return void newConnections.spend(scheduler.newConnectionCost)
    pauseSocket(socket)
    newConnections.defer(() => resumeSocket(socket), scheduler.newConnectionCost)
  })
}

/** Handles these events of a server. */
export const handleServerEvents = (
  server: Server,
  connections: Connections,
  scheduler: FairScheduler,
  inFlight: InFlight,
  responses: LocalResponses
): void => {
  scheduleNewConnections(server, connections, scheduler)
  server.on("connect", (request, socket) => {
    responses.report(request, 405, "MethodNotAllowed")
    lastWords(socket, RequestForm.connectRefused)
  })
  server.on("clientError", (error: Error, socket) => {
    // Where a response may be in flight, another one would become part of it.
    if (!socket.writable || !("bytesWritten" in socket) || socket.bytesWritten !== 0)
      return void socket.destroy()
    const packet = "rawPacket" in error ? error.rawPacket : undefined
    const line = RequestForm.statusLineFor(codeOf(error), packet)
    const status = Number(line.slice(0, 3))
    const response = inFlight.on(socket)
    if (response === undefined) responses.reportUnreadable(status)
    else response.statusCode = status
    lastWords(socket, `HTTP/1.1 ${line}\r\nconnection: close\r\n\r\n`)
  })
}
