/**
 * State folders that the built command moves to a store and back: a login that is refreshed on the
 * way, kills at every moment, and documents of any content and layout.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { beforeAll } from "vitest"
import { Database } from "../src/Database.ts"
import { bundleCommand, makeProvider, run, startGateway } from "./fleet.ts"
import {
  emptyStore,
  type Files,
  filesIn,
  folder,
  folderWith,
  moveIn,
  moveOut,
  store
} from "./movedFolder.ts"
import { clusterUrl, describeWithServer, migratedStore, newSchema } from "./store.ts"
import { key, temporaryFolder } from "./workers.ts"

const command = fileURLToPath(new URL("../../cli/dist/clawdbot.cjs", import.meta.url))

/** Kills of each of the two commands; `CLAWDBOT_MOVE_KILLS` raises it. */
const kills = Number(process.env.CLAWDBOT_MOVE_KILLS ?? 3)

/** Documents that are moved; `CLAWDBOT_MOVE_DOCUMENTS` raises it. */
const documents = Number(process.env.CLAWDBOT_MOVE_DOCUMENTS ?? 100)

interface Provider {
  readonly tokenUrl: string
  readonly baseUrl: string
}

/** A host with files in its state folder; `config` switches between them and the store. */
const host = (schema: string, files: Files, provider?: Provider) =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    const stateDir = path.join(home, ".clawdbot")
    const models =
      provider === undefined
        ? {}
        : {
            providers: {
              anthropic: { baseUrl: provider.baseUrl, oauth: { tokenUrl: provider.tokenUrl } }
            }
          }
    const use = (type: "postgres" | "files", folder = stateDir) =>
      Effect.promise(async () => {
        await fs.mkdir(folder, { recursive: true, mode: 0o700 })
        const config = type === "files" ? { models } : { models, store: { type, schema } }
        await fs.writeFile(path.join(folder, "clawdbot.json"), JSON.stringify(config))
      })
    yield* use("postgres")
    yield* Effect.promise(async () => {
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(stateDir, name)
        await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
        await fs.writeFile(file, text, { mode: 0o600 })
      }
    })
    const env = {
      PATH: process.env.PATH ?? "",
      TERM: "dumb",
      HOME: home,
      CLAWDBOT_STORE_URL: clusterUrl ?? "",
      CLAWDBOT_STORE_KEY: key
    }
    const startIn = (folder: string) => ({
      start: (argv: ReadonlyArray<string>) =>
        spawn(process.execPath, [command, ...argv], {
          cwd: home,
          env: { ...env, CLAWDBOT_STATE_DIR: folder },
          stdio: ["ignore", "pipe", "pipe"]
        })
    })
    return { home, stateDir, use, startIn, ...startIn(stateDir) }
  })

const succeeds = (host: Parameters<typeof run>[0], argv: ReadonlyArray<string>) =>
  Effect.map(run(host, argv), ({ status, text }) => {
    assert.strictEqual(status, 0, text)
    return text
  })

const ended = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once("exit", () => resolve())
  })

/** When a process is killed: so many ms after its start, or after the folder says that it moves. */
type Moment = { readonly afterStart: number } | { readonly afterMarker: number }

const pause = (ms: number): Promise<void> =>
  // real time: another process is killed after it.
  new Promise((resolve) => setTimeout(resolve, ms))

/** Kills a command at a moment, and gives the state that it left in the folder. */
const killed = (child: ChildProcess, stateDir: string, moment: Moment) =>
  Effect.promise(async () => {
    const stateNow = async (): Promise<string> => {
      const text = await fs.readFile(MovedMarker.fileOf(stateDir), "utf8").catch(() => "{}")
      const { state = "not begun" } = JSON.parse(text)
      return state
    }
    if ("afterStart" in moment) await pause(moment.afterStart)
    else {
      while ((await stateNow()) === "not begun" && child.exitCode === null) await pause(1)
      await pause(moment.afterMarker)
    }
    child.kill("SIGKILL")
    await ended(child)
    return stateNow()
  })

/** Takes away what a killed process has locked: the next one would wait for thirty seconds. */
const removeLocks = (stateDir: string) =>
  Effect.promise(async () => {
    const names = await fs.readdir(stateDir, { recursive: true })
    for (const name of names.filter((found) => found.endsWith(".lock")))
      await fs.rm(path.join(stateDir, name), { recursive: true, force: true })
  })

/** Moments all over a run that takes so long: before it begins, while it moves, at its end. */
const momentsOf = (tookMs: number): ReadonlyArray<Moment> =>
  Array.from({ length: kills }, (_, nth) => {
    if (nth % 3 === 0) return { afterStart: (tookMs * (nth + 1)) / kills }
    return { afterMarker: (nth * 120) / kills }
  })

/** Any profile store, as any program may have written it. */
const document = fc
  .record({
    credentials: fc.array(
      fc.oneof(
        fc.record({
          type: fc.constant("api_key"),
          provider: fc.constant("anthropic"),
          key: fc.string({ minLength: 1 })
        }),
        fc.record({
          type: fc.constant("oauth"),
          provider: fc.constant("anthropic"),
          access: fc.string({ minLength: 1 }),
          refresh: fc.uuid(),
          expires: fc.integer({ min: 1 })
        }),
        fc.jsonValue()
      ),
      { maxLength: 5 }
    ),
    extra: fc.jsonValue(),
    order: fc.array(fc.string(), { maxLength: 3 }),
    isVersioned: fc.boolean(),
    indent: fc.constantFrom("", "  ", "\t"),
    end: fc.constantFrom("", "\n", "\r\n\n")
  })
  .map(({ credentials, end, extra, indent, isVersioned, order }) => {
    const profiles = Object.fromEntries(
      credentials.map((credential, nth) => [`anthropic:${nth}`, credential])
    )
    const value = { "x-extra": extra, profiles, order: { anthropic: order } }
    return `${JSON.stringify(isVersioned ? { version: 1, ...value } : value, null, indent)}${end}`
  })

describeWithServer("moving a state folder", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    "takes a login along: the store refreshes it, and then the files do",
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const endpoint = yield* Endpoint.make
        const provider = yield* makeProvider(endpoint)
        const signedIn = endpoint.families.signIn()
        const profiles = {
          "anthropic:work": {
            type: "oauth",
            provider: "anthropic",
            access: signedIn.access,
            refresh: signedIn.refresh,
            expires: 1,
            team: "kept"
          }
        }
        const files: Files = {
          ...folder,
          [store]: JSON.stringify({ version: 1, profiles }, null, 3)
        }
        const urls = { tokenUrl: endpoint.url, baseUrl: provider.url }
        const here = yield* host(schema, files, urls)
        assert.include(yield* succeeds(here, ["store", "import", "--dry-run"]), "Would move")
        assert.deepInclude(yield* filesIn(here.stateDir), files)
        const told = yield* succeeds(here, ["store", "import"])
        assert.include(told, "main  anthropic:work (oauth), anthropic:old (logged out)")
        for (const secret of [signedIn.access, signedIn.refresh, "admin-token"])
          assert.notInclude(told, secret)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const gateway = yield* startGateway(here)
            assert.strictEqual(yield* Effect.promise(() => gateway.ask()), 200)
            const refused = yield* run(here, ["store", "export", "--dry-run"])
            assert.strictEqual(refused.status, 0, refused.text)
            const living = yield* run(here, ["store", "export"])
            assert.strictEqual(living.status, 1)
            assert.include(living.text, "clawdbot gateway stop")
          })
        )
        assert.strictEqual(endpoint.families.counters().grants, 1)
        // The old folder is used by none of the commands, with whichever config.
        yield* here.use("files")
        for (const argv of [
          ["models", "status"],
          ["models", "auth", "refresh", "anthropic:work"],
          ["usage"],
          ["gateway", "--port", "0"]
        ]) {
          const refused = yield* run(here, argv)
          assert.strictEqual(refused.status, 1, `${argv}: ${refused.text}`)
          assert.include(refused.text, "were moved to the shared store")
        }
        yield* here.use("postgres")
        const back = path.join(here.home, "back")
        yield* succeeds(here, ["store", "export", "--to", back])
        const gone = yield* run(here, ["models", "status"])
        assert.strictEqual(gone.status, 1)
        assert.include(gone.text, "clawdbot config unset store.type")
        yield* here.use("files", back)
        const there = here.startIn(back)
        yield* succeeds(there, ["models", "auth", "refresh", "anthropic:work"])
        assert.deepStrictEqual(endpoint.families.counters(), {
          grants: 2,
          reuses: 0,
          refusals: 0,
          revokedFamilies: 0
        })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const gateway = yield* startGateway(there)
            assert.strictEqual(yield* Effect.promise(() => gateway.ask()), 200)
          })
        )
        const usage = yield* succeeds(there, ["usage", "--since", "3650d", "--json"])
        assert.strictEqual(JSON.parse(usage).total.requests, 4 + 2, usage)
        const found = yield* filesIn(back)
        const unchanged = Object.keys(folder).filter(
          (name) => name !== store && !/health|usage|clients|tokens/.test(name)
        )
        for (const name of unchanged) assert.strictEqual(found[name], files[name], name)
        assert.include(found[store], '\n         "team": "kept"')
        assert.strictEqual(endpoint.families.counters().reuses, 0)
      }).pipe(Effect.provide(migratedStore(schema)))
    },
    60_000
  )

  it.scopedLive(
    `is finished after ${kills} kills of the import and as many of the export; nothing is lost`,
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const { query, table } = yield* Database
        const here = yield* host(schema, folder)
        // How long a run takes, and then the folder is as it was.
        const began = performance.now()
        yield* succeeds(here, ["store", "import"])
        const tookMs = performance.now() - began
        yield* succeeds(here, ["store", "export"])
        const left = new Map<string, number>()
        const count = (name: string) => left.set(name, (left.get(name) ?? 0) + 1)
        for (const moment of momentsOf(tookMs)) {
          const state = yield* killed(here.start(["store", "import"]), here.stateDir, moment)
          count(`import: ${state}`)
          if (state !== "moved") yield* succeeds(here, ["store", "import"])
          const [imports] = yield* query<{ readonly n: number }>(
            `select (select sum(n + x)::int from ${table("usage_cell")}) as n`
          )
          assert.strictEqual(imports?.n, 4, JSON.stringify([...left]))
          assert.deepStrictEqual(Object.keys(yield* filesIn(here.stateDir)).sort(), [
            "clawdbot.json",
            "store-moved.json"
          ])
          yield* removeLocks(here.stateDir)
          const exporting = here.start(["store", "export", "--to", here.stateDir])
          // The folder says that it was moved; that changes when it is moved back.
          const found = yield* killedExport(exporting, here.stateDir, moment)
          count(`export: ${found}`)
          if (found !== "done") yield* succeeds(here, ["store", "export"])
          const { "clawdbot.json": _config, ...files } = yield* filesIn(here.stateDir)
          assert.deepStrictEqual(files, folder, JSON.stringify([...left]))
        }
        console.info(`killed while the folder said: ${JSON.stringify(Object.fromEntries(left))}`)
      }).pipe(Effect.provide(migratedStore(schema)))
    },
    Math.max(60_000, kills * 20_000)
  )

  it.scopedLive(
    `gives ${documents} documents of any content and layout back byte for byte`,
    () =>
      Effect.gen(function* () {
        const files = Object.fromEntries(
          fc
            .sample(document, documents)
            .map((text, nth) => [`agents/a${nth}/agent/auth-profiles.json`, text])
        )
        const home = yield* folderWith(files)
        yield* moveIn(home)
        const back = yield* folderWith({})
        yield* moveOut(back)
        assert.deepStrictEqual(yield* filesIn(back), files)
      }).pipe(Effect.provide(emptyStore())),
    60_000
  )
})

/** The same for an export into a folder that was moved; `done` where it had ended. */
const killedExport = (child: ChildProcess, stateDir: string, moment: Moment) =>
  Effect.promise(async () => {
    const stateNow = async (): Promise<string> => {
      const text = await fs.readFile(MovedMarker.fileOf(stateDir), "utf8").catch(() => undefined)
      if (text === undefined) return "done"
      return JSON.parse(text).state
    }
    if ("afterStart" in moment) await pause(moment.afterStart)
    else {
      while ((await stateNow()) === "moved" && child.exitCode === null) await pause(1)
      await pause(moment.afterMarker)
    }
    child.kill("SIGKILL")
    await ended(child)
    return stateNow()
  })
