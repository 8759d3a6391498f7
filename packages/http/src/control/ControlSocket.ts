/**
 * The Unix socket of the control plane (decision D26a): 0600 in a 0700 folder, so that whoever can
 * open it is the owner. What a gateway that died left behind is replaced; a gateway that lives
 * keeps its socket.
 */
import * as fs from "node:fs/promises"
import { createServer, type RequestListener, type Server } from "node:http"
import { connect } from "node:net"
import * as path from "node:path"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import { makeFolder } from "@clawdbot/node/File/makeFolder"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** Another gateway has the state folder: two would keep their books side by side. */
export class StateFolderServed extends Schema.TaggedError<StateFolderServed>()(
  "StateFolderServed",
  {
    path: Schema.String
  }
) {
  override get message() {
    return `another gateway runs on this state folder (it listens on ${this.path})`
  }
}

/** The socket cannot be made; the gateway can run without. */
export class SocketUnavailable extends Schema.TaggedError<SocketUnavailable>()(
  "SocketUnavailable",
  {
    path: Schema.String,
    code: Schema.String
  }
) {
  override get message() {
    return `the gateway's socket ${this.path} cannot be made (${this.code})`
  }
}

/** Where the socket of a state folder is. */
export const socketPath = (stateDir: string): string => path.join(stateDir, "run", "gateway.sock")

/** The kernel cuts longer names off; a byte is for its end. */
const longestName = process.platform === "darwin" ? 103 : 107

/** Whether somebody listens. A full queue is a listener too. */
const isAlive = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path: file })
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", (cause) =>
      resolve(!["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(codeOf(cause)))
    )
  })

const listen = (server: Server, file: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ path: file, exclusive: true }, () => {
      server.off("error", reject)
      resolve()
    })
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/**
 * Listens until the scope closes. Under a lock, so that two gateways that start at once do not both
 * find the place empty.
 */
export const serve = (
  file: string,
  onRequest: RequestListener
): Effect.Effect<void, StateFolderServed | SocketUnavailable, Scope.Scope> =>
  Effect.gen(function* () {
    const attempt = <A>(run: () => Promise<A>) =>
      Effect.tryPromise({
        try: run,
        catch: (cause) => new SocketUnavailable({ path: file, code: codeOf(cause) })
      })
    if (Buffer.byteLength(file) > longestName)
      return yield* new SocketUnavailable({ path: file, code: "ENAMETOOLONG" })
    const folder = path.dirname(file)
    yield* attempt(async () => {
      await makeFolder(folder)
      await fs.chmod(folder, 0o700)
    })
    const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, onRequest)
    yield* Effect.acquireRelease(
      Effect.scoped(
        Effect.gen(function* () {
          yield* FolderLock.hold(file, FolderLock.standardTimes)
          if (yield* attempt(() => isAlive(file)))
            return yield* new StateFolderServed({ path: file })
          yield* attempt(async () => {
            await fs.rm(file, { force: true })
            await listen(server, file)
            await fs.chmod(file, 0o600)
          })
        })
      ).pipe(
        Effect.catchTag("FileFailure", ({ code }) => new SocketUnavailable({ path: file, code }))
      ),
      () => close(server)
    )
  })
