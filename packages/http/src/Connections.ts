/**
 * The connections of one server: which of them go when there are too many, and how much one client
 * may have under way. A connection proves itself by a request with a token (or a dashboard's
 * session). One that has not does not last: any program that reaches the port can open it. When
 * there is no room for a new connection, an unproven one gives way, then one that its client does
 * not use; requests that are under way never do.
 */
import type { Socket } from "node:net"
import { pauseSocket, resumeSocket } from "./pauseSocket.ts"

/** A connection that is younger than this is not closed for another one's sake, in ms. */
const settledMs = 100

/** However few connections there may be, one client may have so many requests under way. */
const leastPerClient = 16

/**
 * So many requests of one connection may be under way. No further ones are read then; those that
 * came in the same read, which may be hundreds, wait for those before them.
 */
const maxInOneGo = 4

/** No requests: nearly no connection ever has one that waits. */
const none: Array<() => void> = []

interface Connection {
  readonly socket: Socket
  /** Whose token its last request carried; undefined as long as none did. */
  client: string | undefined
  /** Whether a request has begun on it. */
  hasAsked: boolean
  /** Whether it is not read until all but the last of its requests are answered. */
  isHeld: boolean
  /** Requests on it that are not answered, and how many of them are counted for the client. */
  active: number
  counted: number
  /** Those of them that have not begun. */
  waiting: Array<() => void>
  /** When it was opened, or its last request began or ended; ms of a clock that never jumps. */
  movedAt: number
}

/** How many there may be. */
export interface ConnectionLimits {
  readonly connections: number
  /** Requests under way of all clients together. */
  readonly requests: number
  /** Those of one client, and never more than half of what all may have. */
  readonly requestsPerClient: number
}

/** The connections of one server. */
export class Connections {
  private readonly open = new Map<Socket, Connection>()
  private readonly byClient = new Map<string, number>()
  private readonly now: () => number
  /** May change as it becomes known what the machine allows. */
  limits: ConnectionLimits

  /** `now` gives ms of a clock that never jumps. */
  constructor(limits: ConnectionLimits, now: () => number) {
    this.limits = limits
    this.now = now
  }

  get size(): number {
    return this.open.size
  }

  /** A connection was opened. Without room for it, another one is closed, or else this one. */
  add(socket: Socket): void {
    if (this.open.size >= this.limits.connections) {
      const victim = this.victim()
      if (victim === undefined) return void socket.destroy()
      this.close(victim)
    }
    const connection: Connection = {
      socket,
      client: undefined,
      hasAsked: false,
      isHeld: false,
      active: 0,
      counted: 0,
      waiting: none,
      movedAt: this.now()
    }
    this.open.set(socket, connection)
    socket.on("close", () => this.forget(connection))
  }

  private close(connection: Connection): void {
    this.forget(connection)
    connection.socket.destroy()
  }

  private forget(connection: Connection): void {
    this.open.delete(connection.socket)
    this.count(connection, -connection.counted)
  }

  private count(connection: Connection, change: number): void {
    const { client } = connection
    if (client === undefined || change === 0) return
    connection.counted += change
    const all = (this.byClient.get(client) ?? 0) + change
    if (all > 0) this.byClient.set(client, all)
    else this.byClient.delete(client)
  }

  /**
   * A request begins on a connection; false where it has to {@link wait}. Where many were sent in
   * one go, no more of them are read until these are answered.
   */
  begin(socket: Socket): boolean {
    const connection = this.open.get(socket)
    if (connection === undefined) return true
    if (connection.active === maxInOneGo && !connection.isHeld) {
      connection.isHeld = true
      pauseSocket(socket)
    }
    connection.hasAsked = true
    connection.active += 1
    connection.movedAt = this.now()
    return connection.active <= maxInOneGo
  }

  /** Serves a request on a connection when one before it is answered. */
  wait(socket: Socket, serve: () => void): void {
    const connection = this.open.get(socket)
    if (connection === undefined) return serve()
    if (connection.waiting.length === 0) connection.waiting = []
    connection.waiting.push(serve)
  }

  /** Its answer is out, or it was broken off. */
  end(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection === undefined) return
    connection.active -= 1
    connection.movedAt = this.now()
    // The last one may wait for its own body, which is not read either.
    if (connection.isHeld && connection.active <= 1) {
      connection.isHeld = false
      resumeSocket(socket)
    }
    if (connection.counted > 0) this.count(connection, -1)
    if (!socket.destroyed) connection.waiting.shift()?.()
  }

  /** A request that has begun carries the token of a client; false where that has too many. */
  admit(socket: Socket, client: string): boolean {
    const connection = this.open.get(socket)
    if (connection === undefined) return true
    if (connection.client !== client) {
      this.count(connection, -connection.counted)
      connection.client = client
    }
    const { connections, requests, requestsPerClient } = this.limits
    const share = Math.floor(Math.min(connections, requests) / 2)
    const most = Math.max(leastPerClient, Math.min(share, requestsPerClient))
    if ((this.byClient.get(client) ?? 0) >= most) return false
    this.count(connection, 1)
    return true
  }

  /**
   * Closes those that are unproven for so long, in ms, since they were opened or their last request
   * began or ended. One that is sending its first headers has the time that headers have.
   */
  sweep(unprovenMs: number): void {
    const before = this.now() - unprovenMs
    for (const connection of this.open.values()) {
      const { client, hasAsked, movedAt, socket } = connection
      if (client === undefined && movedAt <= before && (hasAsked || socket.bytesRead === 0))
        this.close(connection)
    }
  }

  /** Which one gives way to a new one; undefined where none does. */
  private victim(): Connection | undefined {
    const before = this.now() - settledMs
    let unproven: Connection | undefined
    const clients = new Map<string, { count: number; idle: Connection | undefined }>()
    for (const connection of this.open.values()) {
      const { active, client, movedAt } = connection
      if (client === undefined) {
        if (movedAt <= before && movedAt < (unproven?.movedAt ?? Number.POSITIVE_INFINITY))
          unproven = connection
        continue
      }
      const own = clients.get(client) ?? { count: 0, idle: undefined }
      own.count += 1
      if (active === 0 && movedAt < (own.idle?.movedAt ?? Number.POSITIVE_INFINITY))
        own.idle = connection
      clients.set(client, own)
    }
    if (unproven !== undefined) return unproven
    // Whoever has most of them gives one.
    let most: { readonly count: number; readonly idle: Connection | undefined } | undefined
    for (const own of clients.values())
      if (own.idle !== undefined && own.count > (most?.count ?? 0)) most = own
    return most?.idle
  }
}
