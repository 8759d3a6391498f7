/**
 * A listening socket as a lock: the kernel gives a name to one process at a time and takes it back
 * when that process dies, however it dies; nobody can take it from one that lives, stopped or not.
 * Waiters connect, and see the connection end.
 */
import * as net from "node:net"
import { codeOf } from "../File/FileFailure.ts"

/** A name that is held. Waiters stay connected until `release`. */
export interface HeldSocket {
  readonly release: () => Promise<void>
}

/** Listens on a name; `undefined` when somebody else does. Any other refusal is thrown. */
export const listen = (name: string): Promise<HeldSocket | undefined> =>
  new Promise((resolve, reject) => {
    const waiters = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      waiters.add(socket)
      socket.on("close", () => waiters.delete(socket))
      // A waiter that goes away is no concern of the holder's.
      socket.on("error", () => socket.destroy())
      socket.resume()
    })
    server.once("error", (cause) => {
      if (codeOf(cause) === "EADDRINUSE") resolve(undefined)
      else reject(cause)
    })
    // `exclusive`: workers of one cluster must not share the name.
    server.listen({ path: name, exclusive: true }, () =>
      resolve({
        release: () =>
          new Promise((closed) => {
            server.close(() => closed())
            for (const socket of waiters) socket.destroy()
          })
      })
    )
  })

/**
 * What a look at a name found: nobody listens (`free`), or somebody did until now (`ended`), or
 * still does after the time (`held`).
 */
export type Watched = "free" | "ended" | "held"

/**
 * Waits until whoever listens on a name stops, for at most `patienceMs`. `signal` ends the wait at
 * once.
 */
export const watch = (name: string, patienceMs: number, signal: AbortSignal): Promise<Watched> =>
  new Promise((resolve) => {
    const socket = net.connect({ path: name })
    const end = (result: Watched) => {
      clearTimeout(timer)
      signal.removeEventListener("abort", onAbort)
      socket.destroy()
      resolve(result)
    }
    const onAbort = () => end("held")
    const timer = setTimeout(() => end("held"), patienceMs)
    signal.addEventListener("abort", onAbort)
    socket.resume()
    socket.once("close", () => end("ended"))
    socket.once("error", (cause) => {
      // A full queue (EAGAIN) belongs to a holder that is alive but does not get to run; a reset
      // means that it just left.
      const code = codeOf(cause)
      if (code === "ECONNREFUSED" || code === "ENOENT") end("free")
      else if (code === "ECONNRESET" || code === "EPIPE") end("ended")
      else setTimeout(() => end("held"), Math.min(50, patienceMs))
    })
  })
