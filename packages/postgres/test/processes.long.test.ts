/**
 * Several gateways, each a process of its own, over one store and the strict token endpoint: one
 * grant per expiry, also while every connection to the database is cut and while one of them is
 * killed.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { fileURLToPath } from "node:url"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { build } from "esbuild"
import { Database } from "../src/Database.ts"
import * as Notices from "../src/Notices.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { clusterUrl, describeWithServer, migratedStore, newSchema } from "./store.ts"

const profile = ProfileId.of("anthropic:work")
const here = path.dirname(fileURLToPath(import.meta.url))

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

const bundled = Effect.gen(function* () {
  const outfile = path.join(yield* temporaryFolder, "worker.mjs")
  yield* Effect.promise(() =>
    build({
      entryPoints: [path.join(here, "worker.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["source"],
      external: ["pg-native"],
      logLevel: "silent",
      banner: {
        js:
          "import { createRequire as __cr } from 'node:module'; const require = " +
          "__cr(import.meta.url);"
      }
    })
  )
  return outfile
})

const nextLine = (child: ChildProcess, lines: readline.Interface): Promise<string | undefined> =>
  new Promise((resolve) => {
    const done = (line: string | undefined) => {
      lines.off("line", done)
      child.off("exit", gone)
      resolve(line)
    }
    const gone = () => done(undefined)
    lines.once("line", done)
    child.once("exit", gone)
  })

const startWorker = (file: string, options: object) =>
  Effect.gen(function* () {
    const stateDir = yield* temporaryFolder
    return yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const child = spawn(process.execPath, [file, JSON.stringify({ ...options, stateDir })], {
          stdio: ["pipe", "pipe", "inherit"],
          env: { PATH: process.env.PATH ?? "", HOME: stateDir }
        })
        const lines = readline.createInterface({ input: child.stdout })
        await nextLine(child, lines)
        const ask = async (callers: number): Promise<ReadonlyArray<string>> => {
          const answer = nextLine(child, lines)
          child.stdin.write(`${callers}\n`)
          return JSON.parse((await answer) ?? "[]")
        }
        return { ask, child }
      }),
      ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
    )
  })

const login = (tokens: { readonly access: string; readonly refresh: string }, expires: number) => ({
  type: "oauth" as const,
  provider: ProviderId.anthropic,
  access: Redacted.make(tokens.access),
  refresh: Redacted.make(tokens.refresh),
  expires,
  extra: Credential.noExtra
})

const key = Buffer.alloc(32, "key").toString("base64")

/** Rounds of callers in several processes; `during` happens while the provider is asked. */
const rounds = (
  count: number,
  processes: number,
  callers: number,
  during: (round: number) => Effect.Effect<void, unknown, Database>
) => {
  const schema = newSchema()
  return Effect.gen(function* () {
    const endpoint = yield* Endpoint.make
    const file = yield* bundled
    yield* put(AgentId.main, profile, login(endpoint.families.signIn(), 1_000))
    const options = { url: clusterUrl, schema, key, tokenUrl: endpoint.url, profile }
    const workers: Array<Effect.Effect.Success<ReturnType<typeof startWorker>>> = []
    endpoint.script.push({ afterMs: 300 })
    for (let made = 0; made < processes; made++) workers.push(yield* startWorker(file, options))
    for (let round = 1; round <= count; round++) {
      const asking = Promise.all(workers.map(({ ask }) => ask(callers)))
      // real time: the provider is being asked by now.
      yield* Effect.sleep(100)
      yield* during(round)
      const served = (yield* Effect.promise(() => asking)).flat()
      const { document } = yield* (yield* ProfileStore).read(AgentId.main)
      const stored = document.profiles.get(profile)
      if (stored?.type !== "oauth") return assert.fail("the login is gone")
      assert.deepStrictEqual([...new Set(served)], [Redacted.value(stored.access)])
      assert.deepStrictEqual(endpoint.families.counters(), {
        grants: round,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
      endpoint.script.push({ afterMs: 300 })
      yield* put(AgentId.main, profile, { ...stored, expires: 1_000 + round })
      // real time: the others hear of it.
      yield* Effect.sleep(300)
    }
  }).pipe(
    Effect.provide(
      ProfileStorePostgres.layer.pipe(
        Layer.provide(Notices.layerSilent),
        Layer.provideMerge(migratedStore(schema))
      )
    )
  )
}

const cutConnections = Effect.flatMap(Database, ({ query }) =>
  query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where pid <> pg_backend_pid() and application_name = 'clawdbot'`
  ).pipe(Effect.ignore)
)

describeWithServer("one grant per expiry, across gateways", () => {
  it.scopedLive(
    "four gateways with eight callers each",
    () => rounds(10, 4, 8, () => Effect.void),
    180_000
  )

  it.scopedLive(
    "while every connection to the database is cut",
    () => rounds(5, 3, 4, () => cutConnections),
    180_000
  )
})
