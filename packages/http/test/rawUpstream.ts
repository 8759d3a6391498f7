/** An upstream that answers in bytes, for answers that no HTTP server would give. */
import { createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** One request as it came, and the connection to answer it on. */
export interface RawRequest {
  readonly head: string
  readonly body: string
  readonly socket: Socket
}

/** What it got so far. */
export interface RawUpstream {
  readonly url: string
  readonly requests: ReadonlyArray<RawRequest>
  /** Connections that were made to it. */
  readonly connections: () => number
}

const lengthOf = (head: string): number => Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)

/** Listens on loopback until the scope closes; every whole request is given to `answer`. */
export const rawUpstream = (answer: (request: RawRequest) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly upstream: RawUpstream; readonly close: () => void }>((resume) => {
        const requests: Array<RawRequest> = []
        const sockets: Array<Socket> = []
        const server = createServer((socket) => {
          sockets.push(socket)
          socket.on("error", () => socket.destroy())
          let text = ""
          socket.on("data", (chunk) => {
            text += chunk.toString("latin1")
            for (;;) {
              const end = text.indexOf("\r\n\r\n")
              const whole = end + 4 + lengthOf(text.slice(0, end))
              if (end < 0 || text.length < whole) return
              const request = { head: text.slice(0, end), body: text.slice(end + 4, whole), socket }
              text = text.slice(whole)
              // Of very many requests the last ones are of interest.
              if (requests.length >= 2_000) requests.splice(0, 1_000)
              requests.push(request)
              answer(request)
            }
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const upstream = {
            url: `http://127.0.0.1:${port}`,
            requests,
            connections: () => sockets.length
          }
          const close = () => {
            for (const socket of sockets) socket.destroy()
            server.close()
          }
          resume(Effect.succeed({ upstream, close }))
        })
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ upstream }) => upstream
  )

/** The config of a gateway whose provider is there. */
export const configFor = ({ url }: RawUpstream) => ({
  models: { providers: { anthropic: { baseUrl: url, models: [] } } }
})
