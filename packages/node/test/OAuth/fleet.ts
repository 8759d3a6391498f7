/** Many processes over one state folder, started and asked by a test. */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type { FolderLockTimes } from "@clawdbot/node/File/FolderLock"
import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import { LineWorkers } from "@clawdbot/testing/Process/LineWorkers"
import * as LineWorker from "@clawdbot/testing/Process/lineWorker"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import * as Effect from "effect/Effect"

/** The profile the login is in, unless it follows Claude Code. */
export const usualProfile = "anthropic:default"

const here = path.dirname(fileURLToPath(import.meta.url))

/** A folder that is gone with its scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** How a worker sees the world. */
export interface WorkerOptions {
  readonly stateDir: string
  readonly tokenUrl: string
  readonly agents: ReadonlyArray<string>
  readonly agent: string
  readonly staleMs: number
  readonly platform: NodeJS.Platform
  readonly profile: string
  /** Follows Claude Code's login below the state folder, with these times of its lock. */
  readonly claudeCode?: FolderLockTimes
}

/** How the program that stands in for Claude Code sees the world. */
export interface ClaudeCodeOptions {
  readonly stateDir: string
  readonly configDir: string
  readonly tokenUrl: string
  readonly locks: ReadonlyArray<string>
  readonly staleMs: number
  readonly heartbeatMs: number
}

/** A worker that serves a state folder until the scope ends. */
export const worker = (options: WorkerOptions) =>
  Effect.gen(function* () {
    const workers = yield* LineWorkers
    const one = yield* workers.take(yield* workerProgram(path.join(here, "worker.ts")))
    return yield* Effect.acquireRelease(
      Effect.promise(async () => {
        await one.ask(JSON.stringify(options))
        return one
      }),
      // It has left the folder before that is removed.
      () => Effect.promise(async () => (one.isFree() ? one.ask("leave") : undefined))
    )
  })

/** Starts the program that stands in for Claude Code; it is killed with the scope. */
export const claudeCode = (options: ClaudeCodeOptions) =>
  Effect.flatMap(workerProgram(path.join(here, "foreign.ts")), (program) =>
    LineWorker.start(program, options.stateDir, options)
  )

/** The path of an agent's store. */
export const storeOf = (stateDir: string, agent: string): string =>
  path.join(stateDir, "agents", agent, "agent", "auth-profiles.json")

/** Writes a login into an agent's store, as if it had been there. */
export const writeLogin = (
  stateDir: string,
  agent: string,
  tokens: IssuedTokens,
  expires: number,
  profileId = usualProfile
) =>
  Effect.promise(async () => {
    const file = storeOf(stateDir, agent)
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    const profile = {
      type: "oauth",
      provider: "anthropic",
      access: tokens.access,
      refresh: tokens.refresh,
      expires,
      unknownField: "kept"
    }
    await fs.writeFile(file, JSON.stringify({ version: 1, profiles: { [profileId]: profile } }), {
      mode: 0o600
    })
  })

/** The login an agent's store holds. */
export const readLogin = (stateDir: string, agent: string, profileId = usualProfile) =>
  Effect.promise(async () => {
    const value: {
      readonly profiles: Record<
        string,
        {
          readonly access: string
          readonly refresh: string
          readonly expires: number
          readonly unknownField?: string
        }
      >
    } = JSON.parse(await fs.readFile(storeOf(stateDir, agent), "utf8"))
    const login = value.profiles[profileId]
    if (login === undefined) throw new Error("no login is stored")
    return login
  })

/** Makes the stored access token run out now. */
export const expire = (stateDir: string, agent: string) =>
  Effect.promise(async () => {
    const file = storeOf(stateDir, agent)
    const value: { readonly profiles: Record<string, object> } = JSON.parse(
      await fs.readFile(file, "utf8")
    )
    const profiles = Object.fromEntries(
      Object.entries(value.profiles).map(([id, login]) => [id, { ...login, expires: 1_000 }])
    )
    await fs.writeFile(`${file}.new`, JSON.stringify({ ...value, profiles }), { mode: 0o600 })
    await fs.rename(`${file}.new`, file)
  })
