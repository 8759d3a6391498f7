/**
 * What is under way in a server, and how it is stopped without cutting any of it off
 * (docs/architecture.md, "Stopping").
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import * as Effect from "effect/Effect"
import { closeQueued } from "./closeQueued.ts"
import { InFlightList } from "./InFlightList.ts"

/**
 * How long what is left of a request may take after its answer is out or broken off, in ms: its
 * usage is told then.
 */
const afterwardsMs = 2_000

/** Answers that are not out yet, and requests of which nothing was told yet. */
export class InFlight {
  private readonly answers = new InFlightList<ServerResponse>()
  /** Requests that were answered before they were whole. */
  private readonly unread = new InFlightList<IncomingMessage>()
  private unreported = 0
  private onAllReported: (() => void) | undefined

  /** Answers that are not out yet. */
  get open(): number {
    return this.answers.size
  }

  /** The answer that is under way on a connection, if one is. */
  on(socket: Duplex): ServerResponse | undefined {
    for (const response of this.answers) if (response.socket === socket) return response
    return undefined
  }

  /** The requests that are not whole yet. */
  arriving(): ReadonlyArray<IncomingMessage> {
    const found = [...this.unread].filter((request) => !request.complete)
    for (const { req } of this.answers) if (!req.complete && !req.destroyed) found.push(req)
    return found
  }

  /**
   * Keeps account of an answer until its connection is done with it; `done` hears of that. `server`
   * is the one it goes out from.
   */
  add(server: Server, response: ServerResponse, done: () => void): void {
    const leave = this.answers.enter(response)
    if (!server.listening) response.shouldKeepAlive = false
    closeQueued(response)
    response.on("close", () => {
      leave()
      done()
      this.waitForRest(response.req)
      // While the server stops, a connection is idle when its last request ends; clients that keep
      // it open are not waited for.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  }

  /** An answer is over before its request was whole: keeps account of the rest of that. */
  private waitForRest(request: IncomingMessage): void {
    const { socket } = request
    if (request.complete || request.destroyed || socket.destroyed) return
    const leave = this.unread.enter(request)
    // Node lets go of a request with its answer: one whose connection breaks after that is never
    // destroyed, and only the connection says so.
    const over = (): void => {
      leave()
      request.off("end", over).off("close", over)
      socket.off("close", over)
    }
    request.once("end", over).once("close", over)
    socket.once("close", over)
  }

  /** A request begins, of which something will be told when it is over. */
  beginReport(): void {
    this.unreported += 1
  }

  /** It was told of. */
  endReport(): void {
    this.unreported -= 1
    if (this.unreported === 0) this.onAllReported?.()
  }

  /**
   * Takes no more connections, lets what is under way end for `drainMs`, and ends the rest. Answers
   * that begin meanwhile tell their clients to use another connection. Gives how many were cut off.
   */
  drain(server: Server, drainMs: number): Effect.Effect<number> {
    // With timers of its own: a scope's finalizer cannot be interrupted, so an Effect timeout would
    // wait for ever.
    const closed = Effect.async<number>((resume) => {
      let cut = 0
      const timer = setTimeout(() => {
        cut = this.answers.size
        server.closeAllConnections()
      }, drainMs)
      server.close(() => {
        clearTimeout(timer)
        resume(Effect.succeed(cut))
      })
      for (const response of this.answers) response.shouldKeepAlive = false
      server.closeIdleConnections()
    })
    const settled = Effect.async<void>((resume) => {
      if (this.unreported === 0) return resume(Effect.void)
      const timer = setTimeout(() => resume(Effect.void), afterwardsMs)
      this.onAllReported = () => {
        clearTimeout(timer)
        resume(Effect.void)
      }
    })
    return Effect.zipLeft(closed, settled)
  }
}
