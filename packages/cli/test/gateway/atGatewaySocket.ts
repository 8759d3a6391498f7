/** Something that listens where a gateway would, for commands that ask one. */
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import * as Effect from "effect/Effect"

/** Listens at the socket of a home's state folder until the scope ends. */
export const atGatewaySocket = (home: string, answer: http.RequestListener) =>
  Effect.acquireRelease(
    Effect.async<http.Server>((resume) => {
      const file = path.join(home, ".clawdbot/run/gateway.sock")
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      const server = http.createServer(answer)
      server.listen(file, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
