/** PgBouncer in transaction mode in front of the run's cluster, where the program is installed. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { freePort, owner } from "./cluster.ts"

const folders = ["/usr/sbin", ...(process.env.PATH ?? "").split(path.delimiter)]

/** The program; undefined where it is not installed. */
export const pgbouncer: string | undefined = folders
  .map((folder) => path.join(folder, "pgbouncer"))
  .find((file) => existsSync(file))

/** So many connections of the server serve all clients. */
const serverConnections = 8

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

const untilItAccepts = (port: number): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.promise(() => accepts(port)),
    (isThere) => {
      if (isThere) return Effect.void
      // real time: another process starts.
      return Effect.delay(untilItAccepts(port), 50)
    }
  )

/** Starts it before a database; gives the address of that database through it. */
export const startPgbouncer = (program: string, database: string) =>
  Effect.gen(function* () {
    const url = new URL(database)
    const port = yield* Effect.promise(freePort)
    const who = owner()
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-pgbouncer-"))),
      (made) => Effect.promise(() => fs.rm(made, { recursive: true, force: true }))
    )
    const settings = path.join(folder, "pgbouncer.ini")
    yield* Effect.promise(async () => {
      await fs.writeFile(path.join(folder, "users"), `"${url.username}" ""\n`)
      await fs.writeFile(
        settings,
        [
          "[databases]",
          `* = host=127.0.0.1 port=${url.port}`,
          "[pgbouncer]",
          "listen_addr = 127.0.0.1",
          `listen_port = ${port}`,
          "unix_socket_dir =",
          "auth_type = trust",
          `auth_file = ${path.join(folder, "users")}`,
          "pool_mode = transaction",
          `default_pool_size = ${serverConnections}`,
          ""
        ].join("\n")
      )
      if (who !== undefined)
        for (const file of [folder, settings, path.join(folder, "users")])
          await fs.chown(file, who.uid, who.gid)
    })
    yield* Effect.acquireRelease(
      Effect.sync(() => spawn(program, [settings], { ...who, cwd: folder, stdio: "ignore" })),
      (child) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    )
    yield* untilItAccepts(port)
    url.port = String(port)
    return url.href
  })
