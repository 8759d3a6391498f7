import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { InFlight } from "@clawdbot/http/InFlight"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

/** A server that answers before it has read the body, and keeps account of that. */
const answering = Effect.acquireRelease(
  Effect.async<{ inFlight: InFlight; server: Server; port: number; ended: Array<Socket> }>(
    (resume) => {
      const inFlight = new InFlight()
      const ended: Array<Socket> = []
      const server = createServer((request: IncomingMessage, response: ServerResponse) => {
        inFlight.add(server, response, () => undefined)
        // The rest is taken from the connection and dropped, as for every refusal.
        request.resume()
        response.writeHead(400, { "content-length": 0 }).end()
      })
      server.on("connection", (socket) => socket.once("close", () => ended.push(socket)))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ inFlight, server, port, ended }))
      })
    }
  ),
  ({ server }) =>
    Effect.async<void>((resume) => {
      server.closeAllConnections()
      server.close(() => resume(Effect.void))
    })
)

const head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n"

/** A client that has sent half of its body and has been answered. */
const answered = (port: number) =>
  Effect.async<Socket>((resume) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head}12345`))
    socket.once("data", () => resume(Effect.succeed(socket)))
  })

/** Waits, turn by turn, for what a connection brings about in the server. */
const until = (is: () => boolean) =>
  Effect.iterate(0, {
    while: (turns) => !is() && turns < 100_000,
    body: (turns) =>
      Effect.async<number>((resume) => void setImmediate(() => resume(Effect.succeed(turns + 1))))
  })

describe("requests that were answered before they were whole", () => {
  it.scopedLive("are arriving until the rest is there", () =>
    Effect.gen(function* () {
      const { inFlight, port } = yield* answering
      const socket = yield* answered(port)
      yield* until(() => inFlight.arriving().length === 1)
      assert.lengthOf(inFlight.arriving(), 1)
      socket.write("67890")
      yield* until(() => inFlight.arriving().length === 0)
      assert.lengthOf(inFlight.arriving(), 0)
      socket.destroy()
    })
  )

  it.scopedLive("are forgotten with their connection, however it ends", () =>
    Effect.gen(function* () {
      const { inFlight, port, ended } = yield* answering
      const ways: ReadonlyArray<(socket: Socket) => void> = [
        (socket) => socket.destroy(),
        (socket) => socket.resetAndDestroy(),
        (socket) => socket.end()
      ]
      for (const [number, leave] of ways.entries()) {
        const socket = yield* answered(port)
        yield* until(() => inFlight.arriving().length === 1)
        leave(socket)
        yield* until(() => ended.length === number + 1)
        assert.lengthOf(inFlight.arriving(), 0, `${number}`)
      }
    })
  )

  it.scopedLive("leave no listener on a connection that goes on", () =>
    Effect.gen(function* () {
      const { inFlight, port, server } = yield* answering
      const listeners: Array<number> = []
      server.prependListener("request", ({ socket }: IncomingMessage) => {
        listeners.push(socket.listenerCount("close"))
      })
      const socket = yield* answered(port)
      for (let number = 0; number < 3; number++) {
        socket.write("67890")
        yield* until(() => inFlight.arriving().length === 0)
        socket.write(`${head}12345`)
        yield* until(() => inFlight.arriving().length === 1)
      }
      socket.destroy()
      assert.strictEqual(listeners.length, 4)
      assert.strictEqual(Math.max(...listeners), Math.min(...listeners))
    })
  )
})
