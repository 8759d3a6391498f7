/** Gateways of a test, each a process of its own, and what stands between them and their store. */
import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as LineWorker from "@clawdbot/testing/Process/lineWorker"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { RefreshTimes } from "../src/PostgresCredentials.ts"
import type { AtRequest } from "./worker.ts"

const here = path.dirname(fileURLToPath(import.meta.url))

/** A folder that is gone after the test. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** The program of a worker, as one file. */
export const bundled = workerProgram(path.join(here, "worker.ts"))

/** Where a worker finds its store and the provider. */
export interface WorkerOptions {
  readonly url: string | undefined
  readonly schema: string
  readonly tokenUrl: string
  readonly profile: string
  readonly pooler?: "none" | "transaction" | undefined
  readonly times?: RefreshTimes | undefined
}

/**
 * A gateway that runs; `ask` is what so many callers at once are served, nothing if it died. They
 * wait until it has heard that the login ends at `expires`, where that is given, or of a later end
 * than `past`.
 */
export interface Worker {
  readonly ask: (
    callers: number,
    at?: AtRequest,
    expires?: number,
    past?: number
  ) => Promise<ReadonlyArray<string>>
  readonly child: ChildProcess
}

/** The key of the stores of these tests, as a person would set it. */
export const key = Buffer.alloc(32, "key").toString("base64")

/** Starts one; it is killed with the scope. */
export const startWorker = (program: string, options: WorkerOptions) =>
  Effect.gen(function* () {
    const stateDir = yield* temporaryFolder
    const { ask, child } = yield* LineWorker.start(program, stateDir, { ...options, key, stateDir })
    const worker: Worker = {
      ask: async (callers, at = "go", ...ends) =>
        (await ask([callers, at, ...ends].join(" "))) ?? [],
      child
    }
    return worker
  })

/** A login that ended long ago. */
export const endedLogin = (
  tokens: { readonly access: string; readonly refresh: string },
  expires: number
): Credential.OAuth => ({
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make(tokens.access),
  refresh: Redacted.make(tokens.refresh),
  expires,
  extra: Credential.noExtra
})

/** A way to the database that can be cut without a word to either end. */
export interface Cable {
  readonly port: number
  readonly cut: () => void
  readonly mend: () => void
  /** Ends all connections, and leads new ones to another port. */
  readonly lead: (to: number) => void
}

/** A cable to a port of this machine. */
export const makeCable = (to: number) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Cable & { readonly close: () => void }>((resolve) => {
          const sockets = new Set<net.Socket>()
          let isCut = false
          let end = to
          const server = net.createServer((near) => {
            const far = net.connect(end, "127.0.0.1")
            for (const [one, other] of [
              [near, far],
              [far, near]
            ] as const) {
              sockets.add(one)
              one.pipe(other)
              one.on("error", () => other.destroy())
              one.on("close", () => {
                sockets.delete(one)
                other.destroy()
              })
              if (isCut) one.pause()
            }
          })
          const each = (use: (socket: net.Socket) => void) => () => {
            isCut = !isCut
            for (const socket of sockets) use(socket)
          }
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            resolve({
              port: typeof address === "object" && address !== null ? address.port : 0,
              cut: each((socket) => socket.pause()),
              mend: each((socket) => socket.resume()),
              lead: (next) => {
                end = next
                for (const socket of sockets) socket.destroy()
              },
              close: () => {
                server.close()
                for (const socket of sockets) socket.destroy()
              }
            })
          })
        })
    ),
    ({ close }) => Effect.sync(close)
  )
