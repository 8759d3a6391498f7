/**
 * A throw-away PostgreSQL: a cluster in a temporary folder, on loopback, without waiting for the
 * disk. Servers refuse to run as root, so that where the suite does, they run as somebody else.
 */
import { execFileSync, type SpawnOptions, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"

/** A server that runs. */
export interface Cluster {
  readonly port: number
  /** The address of a database of its superuser. */
  readonly url: string
  readonly pid: () => Promise<number>
  readonly start: () => Promise<void>
  /** `immediate` is what a crash looks like to clients. */
  readonly stop: (mode: "fast" | "immediate") => Promise<void>
  /** Stops it and removes its folder. */
  readonly remove: () => Promise<void>
}

const standardFolder = "/usr/lib/postgresql"

const holds = (folder: string): boolean =>
  existsSync(path.join(folder, "initdb")) && existsSync(path.join(folder, "pg_ctl"))

/** The folder of the newest installed server; undefined where there is none. */
export const installed = async (): Promise<string | undefined> => {
  const versions = await fs.readdir(standardFolder).catch(() => [])
  const standard = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => path.join(standardFolder, version, "bin"))
  const onPath = (process.env.PATH ?? "").split(path.delimiter)
  return [...standard, ...onPath].find(holds)
}

const idOf = (user: string, flag: "-u" | "-g"): number | undefined => {
  try {
    return Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: "pipe" }))
  } catch {
    return undefined
  }
}

/** Who runs the server: whoever runs the tests, or for root the user of Debian's package. */
export const owner = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const nobody = 65_534
  return { uid: idOf("postgres", "-u") ?? nobody, gid: idOf("postgres", "-g") ?? nobody }
}

/** A port of this machine that nobody listens on. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

const run = (program: string, args: ReadonlyArray<string>, options: SpawnOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { ...options, stdio: ["ignore", "ignore", "pipe"] })
    const said: Array<Buffer> = []
    child.stderr?.on("data", (chunk: Buffer) => said.push(chunk))
    child.once("error", reject)
    // Not `close`: the server keeps the pipe open.
    child.once("exit", (code) => {
      child.stderr?.destroy()
      if (code === 0) resolve()
      else reject(new Error(`${path.basename(program)}: ${Buffer.concat(said).toString("utf8")}`))
    })
  })

/** A folder of whoever runs the server, and how its programs are run there. */
const newFolder = async (bin: string) => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-postgres-"))
  const who = owner()
  if (who !== undefined) await fs.chown(folder, who.uid, who.gid)
  const as: SpawnOptions = { ...who, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } }
  const call = (name: string, ...args: ReadonlyArray<string>) => run(path.join(bin, name), args, as)
  return { folder, data: path.join(folder, "data"), call }
}

type Folder = Awaited<ReturnType<typeof newFolder>>

/** The server of a folder that holds a cluster already. */
const serve = async ({ call, data, folder }: Folder) => {
  const port = await freePort()
  await fs.appendFile(
    path.join(data, "postgresql.conf"),
    [
      `port = ${port}`,
      "listen_addresses = '127.0.0.1'",
      `unix_socket_directories = '${folder}'`,
      "fsync = off",
      "max_connections = 200",
      "log_min_messages = fatal",
      ""
    ].join("\n")
  )
  const control = (...args: ReadonlyArray<string>) =>
    call("pg_ctl", "-D", data, "-w", "-t", "30", ...args)
  const start = () => control("-l", path.join(folder, "log"), "start")
  const stop = (mode: "fast" | "immediate") => control("-m", mode, "stop")
  await start()
  const cluster: Cluster = {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid: async () =>
      Number((await fs.readFile(path.join(data, "postmaster.pid"), "utf8")).split("\n")[0]),
    start,
    stop,
    remove: async () => {
      await stop("immediate").catch(() => undefined)
      await fs.rm(folder, { recursive: true, force: true })
    }
  }
  return { cluster, control }
}

/** Makes a cluster and starts it. */
export const makeCluster = async (bin: string): Promise<Cluster> => {
  const folder = await newFolder(bin)
  const setting = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", folder.data]
  await folder.call("initdb", ...setting)
  return (await serve(folder)).cluster
}

/** A copy of a cluster that follows it, and can take its place. */
export interface Replica extends Cluster {
  readonly promote: () => Promise<void>
}

/** The name by which a replica is known to its cluster. */
export const replicaName = "replica"

/** Makes a replica of a cluster and starts it. */
export const makeReplica = async (bin: string, of: Cluster): Promise<Replica> => {
  const folder = await newFolder(bin)
  const source = `host=127.0.0.1 port=${of.port} user=postgres application_name=${replicaName}`
  await folder.call("pg_basebackup", "-d", source, "-R", "-c", "fast", "-N", "-D", folder.data)
  const { cluster, control } = await serve(folder)
  return { ...cluster, promote: () => control("promote") }
}
