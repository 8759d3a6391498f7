/** What is under way in a server, and how it is stopped without cutting any of it off (design.md, "Stopping"). */
import type { Server, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** How long what is left of a request may take after its answer is out or broken off, in ms: its usage is told then. */
const afterwardsMs = 2_000

/** Answers that are not out yet, and the fibers that make them. */
export class UnderWay {
  private readonly answers = new Set<ServerResponse>()
  private fibers = 0
  private idle: (() => void) | undefined

  /** Answers that are not out yet. */
  get open(): number {
    return this.answers.size
  }

  /** Keeps account of an answer until its connection is done with it. `server` is the one it goes out from. */
  add(server: Server, response: ServerResponse): void {
    this.answers.add(response)
    if (!server.listening) response.shouldKeepAlive = false
    response.on("close", () => {
      this.answers.delete(response)
      // While the server stops, a connection is idle when its last request ends; clients that keep it open are not waited for.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  }

  private readonly ended = (): void => {
    this.fibers -= 1
    if (this.fibers === 0) this.idle?.()
  }

  /** Keeps account of a fiber. */
  watch(fiber: Fiber.RuntimeFiber<void>): void {
    this.fibers += 1
    fiber.addObserver(this.ended)
  }

  /**
   * Takes no more connections, lets what is under way end for `drainMs`, and ends the rest. Answers that begin meanwhile tell their clients to use
   * another connection. Gives how many were cut off.
   */
  drain(server: Server, drainMs: number): Effect.Effect<number> {
    // With timers of its own: a scope's finalizer cannot be interrupted, so an Effect timeout would wait for ever.
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
      if (this.fibers === 0) return resume(Effect.void)
      const timer = setTimeout(() => resume(Effect.void), afterwardsMs)
      this.idle = () => {
        clearTimeout(timer)
        resume(Effect.void)
      }
    })
    return Effect.zipLeft(closed, settled)
  }
}
