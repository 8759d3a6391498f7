/**
 * The Unix socket of the control plane (decision D26a): 0600 in a 0700 folder, so that whoever can
 * open it is the owner. What a gateway that died left behind is replaced; a gateway that lives
 * keeps its socket.
 */
import { createServer, type RequestListener, type Server } from "node:http"
import { connect } from "node:net"
import * as path from "node:path"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import type { Disk } from "@clawdbot/node/File/Disk"
import { asFailure, codeOf, SystemRefusal } from "@clawdbot/node/File/FileFailure"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import { makeFolder } from "@clawdbot/node/File/makeFolder"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** Another gateway has the state folder: two would keep their books side by side. */
export class StateFolderServed extends taggedError<StateFolderServed>()(
  "StateFolderServed",
  () => ({
    path: Schema.String,
    /** Its address and process, where it says them. */
    url: Schema.optional(Schema.String),
    pid: Schema.optional(Schema.Number)
  })
) {
  override get message() {
    if (this.url !== undefined)
      return `another gateway already runs on this state folder: ${this.url} (pid ${this.pid})`
    return `another gateway already runs on this state folder (its socket is ${this.path})`
  }
}

/** The socket cannot be made; the gateway can run without. */
export class SocketUnavailable extends taggedError<SocketUnavailable>()(
  "SocketUnavailable",
  () => ({
    path: Schema.String,
    code: Schema.String
  })
) {
  override get message() {
    return `the gateway's socket ${this.path} cannot be created (${this.code})`
  }
}

/** Where the socket of a state folder is. */
export const socketPath = (stateDir: string): string => path.join(stateDir, "run", "gateway.sock")

/** The kernel cuts longer names off; a byte is for its end. */
const maxNameBytes = process.platform === "darwin" ? 103 : 107

/** Whether somebody listens. A full queue is a listener too. */
const isAlive = (file: string): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = connect({ path: file })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", (cause) =>
      resume(Effect.succeed(!["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(codeOf(cause))))
    )
  })

const listen = (server: Server, file: string): Effect.Effect<void, SystemRefusal> =>
  Effect.async((resume) => {
    const refuse = (cause: Error) => resume(new SystemRefusal({ code: codeOf(cause) }))
    server.once("error", refuse)
    server.listen({ path: file, exclusive: true }, () => {
      server.off("error", refuse)
      resume(Effect.void)
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
): Effect.Effect<void, StateFolderServed | SocketUnavailable, Scope.Scope | Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const asReady = asFailure(file, "write")
    if (Buffer.byteLength(file) > maxNameBytes)
      return yield* new SocketUnavailable({ path: file, code: "ENAMETOOLONG" })
    const folder = path.dirname(file)
    yield* asReady(Effect.zipRight(makeFolder(folder), files.chmod(folder, 0o700)))
    const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, onRequest)
    yield* Effect.acquireRelease(
      Effect.scoped(
        Effect.gen(function* () {
          yield* FolderLock.hold(file, FolderLock.standardTimes)
          if (yield* isAlive(file)) return yield* new StateFolderServed({ path: file })
          yield* asReady(files.remove(file, { force: true }))
          yield* asReady(listen(server, file))
          yield* asReady(files.chmod(file, 0o600))
        })
      ),
      () => close(server)
    )
  }).pipe(Effect.catchTag("FileFailure", ({ code }) => new SocketUnavailable({ path: file, code })))
