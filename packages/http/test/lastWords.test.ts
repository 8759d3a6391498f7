/** Connections that HTTP has nothing more to do with: each ends, whatever its client does. */
import { connect, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keys, until, withGateway } from "./world.ts"

/** What a client sends that is refused before it is a request, and what it sends behind it. */
const refused: Readonly<Record<string, string>> = {
  "CONNECT with more behind it":
    "CONNECT evil.example:443 HTTP/1.1\r\nhost: " +
    `evil.example:443\r\n\r\n${"x".repeat(200_000)}`,
  CONNECT: "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n",
  "no HTTP at all": "\u0016\u0003\u0001 hello\r\n\r\n",
  "no HTTP, with more behind it": `\u0016\u0003\u0001 hello\r\n\r\n${"x".repeat(200_000)}`,
  "headers that are too long": `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(300_000)}`
}

interface Heard {
  readonly text: string
  readonly isClosed: boolean
}

/** A client that closes nothing by itself, and what it hears within a time. */
const stubborn = (port: number, bytes: string, ms: number) =>
  Effect.acquireUseRelease(
    Effect.sync(() => connect({ port, host: "127.0.0.1", allowHalfOpen: true })),
    (socket: Socket) =>
      Effect.promise(
        () =>
          new Promise<Heard>((resolve) => {
            let text = ""
            // real time: bounds a wait that is in vain.
            const timer = setTimeout(() => resolve({ text, isClosed: false }), ms)
            socket.on("data", (chunk) => {
              text += chunk.toString("latin1")
            })
            socket.on("error", () => undefined)
            // Its own side stays open: only the gateway's connection being gone is an end to
            // writing.
            const writing = setInterval(() => socket.write("x"), 50)
            socket.on("close", () => {
              clearTimeout(timer)
              clearInterval(writing)
              resolve({ text, isClosed: true })
            })
            socket.write(bytes, "latin1")
          })
      ),
    (socket) => Effect.sync(() => socket.destroy())
  )

describe("a connection that was refused", () => {
  for (const [name, bytes] of Object.entries(refused))
    it.live(`is answered and ends, although its client goes on: ${name}`, () =>
      withGateway({ script: {}, stores: keys("ka") }, ({ gateway }) =>
        Effect.gen(function* () {
          const { isClosed, text } = yield* stubborn(gateway.port, bytes, 5_000)
          assert.match(text, /^HTTP\/1\.1 4\d\d /)
          assert.isTrue(isClosed)
        })
      )
    )

  it.live("does not keep a gateway from stopping", () =>
    Effect.gen(function* () {
      const sockets: Array<Socket> = []
      let answered = 0
      yield* withGateway({ script: {}, stores: keys("ka") }, ({ gateway }) =>
        Effect.gen(function* () {
          for (const bytes of Object.values(refused)) {
            const socket = connect({
              port: gateway.port,
              host: "127.0.0.1",
              allowHalfOpen: true
            })
            socket.on("error", () => undefined)
            socket.write(bytes, "latin1")
            socket.once("data", () => {
              answered += 1
            })
            sockets.push(socket)
          }
          yield* Effect.promise(() => until(() => answered === sockets.length))
        })
      )
      // The gateway is gone, and its clients still hold their ends open.
      assert.isTrue(sockets.every((socket) => !socket.destroyed && socket.writable))
      for (const socket of sockets) socket.destroy()
    })
  )
})
