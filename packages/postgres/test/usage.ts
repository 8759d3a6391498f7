/** Ledgers of a test: gateways of one store, each with a state folder. */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { hourMs, type UsageEntry } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Disk from "@clawdbot/node/File/Disk"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Database from "../src/Database.ts"
import * as UsageLedgerPostgres from "../src/Usage/UsageLedgerPostgres.ts"
import { requestsIn } from "../src/Usage/UsageOutbox.ts"
import * as UsageTable from "../src/Usage/UsageTable.ts"
import { migratedStore, newSchema, optionsFor } from "./store.ts"

/** A folder that is removed with the scope. */
export const stateFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-usage-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** A ledger whose process is known to be gone after half a second. */
export const ledgerLayer = (stateDir: string, config = "{}") =>
  UsageLedgerPostgres.layerWith({ staleMs: 500, heartbeatMs: 100, maxWaitMs: 2_000 }).pipe(
    Layer.provide(ConfigMemory.layer(config)),
    Layer.provide(EnvironmentMemory.pathsLayer({ stateDir })),
    Layer.provide(EnvironmentMemory.layer()),
    Layer.provide(Disk.layer)
  )

/** What a request used, two hours ago unless said otherwise. */
export const entry = (different: Partial<UsageEntry> = {}): UsageEntry => ({
  at: Date.now() - 2 * hourMs,
  agent: "main",
  profile: "anthropic:a",
  model: "m",
  client: "",
  ttl: "",
  usage: {
    input: 1,
    output: 2,
    cacheRead: 3,
    cacheWrite5m: 4,
    cacheWrite1h: 5,
    cacheWriteOther: 6
  },
  ...different
})

/** All usage. */
export const everything = { since: 0, until: 4_102_444_800_000 }

/** How many requests a ledger knows of. */
export const requests = (ledger: typeof UsageLedger.Service) =>
  Effect.map(ledger.cells(everything), requestsIn)

/** A store, and the ledgers of its gateways. */
export const makeStore = Effect.gen(function* () {
  const schema = newSchema()
  const database = Context.get(yield* Layer.build(migratedStore(schema)), Database.Database)
  const ledger = (folder: string, config?: string) =>
    Effect.map(
      Layer.build(
        ledgerLayer(folder, config).pipe(
          Layer.provide(Layer.fresh(Database.layer(optionsFor(schema))))
        )
      ),
      (built) => Context.get(built, UsageLedger)
    )
  const table = yield* Effect.provideService(UsageTable.make, Database.Database, database)
  const stored = Effect.map(table.read(everything), requestsIn)
  return { database, ledger, schema, stored, table }
})
