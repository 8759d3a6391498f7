/**
 * A listening socket as a lock: the kernel gives a name to one process at a time and takes it back
 * when that process dies, however it dies; nobody can take it from one that lives, stopped or not.
 * Waiters connect, and see the connection end.
 */
// By name: for a namespace, a bundle loads the module as it begins (`cli/src/start/lateOfNode.ts`).
import { connect, createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import { codeOf, SystemRefusal } from "../File/FileFailure.ts"

/** A name that is held. Waiters stay connected until `release`. */
export interface HeldSocket {
  readonly release: Effect.Effect<void>
}

/** Listens on a name; `undefined` when somebody else does. Fails with any other refusal. */
export const listen = (name: string): Effect.Effect<HeldSocket | undefined, SystemRefusal> =>
  Effect.async((resume) => {
    const waiters = new Set<Socket>()
    const server = createServer((socket) => {
      waiters.add(socket)
      socket.on("close", () => waiters.delete(socket))
      // A waiter that goes away is no concern of the holder's.
      socket.on("error", () => socket.destroy())
      socket.resume()
    })
    server.once("error", (cause) => {
      const code = codeOf(cause)
      resume(
        code === "EADDRINUSE" ? Effect.succeed(undefined) : Effect.fail(new SystemRefusal({ code }))
      )
    })
    const release = Effect.async<void>((released) => {
      server.close(() => released(Effect.void))
      for (const socket of waiters) socket.destroy()
    })
    // `exclusive`: workers of one cluster must not share the name.
    server.listen({ path: name, exclusive: true }, () => resume(Effect.succeed({ release })))
  })

/**
 * What a look at a name found: nobody listens (`free`), or somebody did until now (`ended`), or
 * still does after the time (`held`).
 */
export type Watched = "free" | "ended" | "held"

/** Waits until whoever listens on a name stops, for at most `maxWaitMs`. */
export const watch = (name: string, maxWaitMs: number): Effect.Effect<Watched> =>
  Effect.async((resume) => {
    const socket = connect({ path: name })
    const stop = () => {
      clearTimeout(timer)
      socket.destroy()
    }
    const end = (result: Watched) => {
      stop()
      resume(Effect.succeed(result))
    }
    const timer = setTimeout(() => end("held"), maxWaitMs)
    socket.resume()
    socket.once("close", () => end("ended"))
    socket.once("error", (cause) => {
      // A full queue (EAGAIN) belongs to a holder that is alive but does not get to run; a reset
      // means that it just left.
      const code = codeOf(cause)
      if (code === "ECONNREFUSED" || code === "ENOENT") end("free")
      else if (code === "ECONNRESET" || code === "EPIPE") end("ended")
      else setTimeout(() => end("held"), Math.min(50, maxWaitMs))
    })
    return Effect.sync(stop)
  })
