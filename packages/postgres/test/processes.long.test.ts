/**
 * Several gateways, each a process of its own, over one store and the strict token endpoint: one
 * grant per expiry, also while every connection to the database is cut and while one of them is
 * killed.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database, layer } from "../src/Database.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { pgbouncer, startPgbouncer } from "./cluster/pgbouncer.ts"
import { clusterUrl, describeWithServer, migratedStore, newSchema, optionsAt } from "./store.ts"
import { bundled, endedLogin, startWorker, type Worker, type WorkerOptions } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")

/** Rounds of callers in several processes; `during` happens while the provider is asked. */
const rounds = (
  count: number,
  processes: number,
  callers: number,
  during: (round: number) => Effect.Effect<void, unknown, Database>,
  { pooler, url }: Pick<WorkerOptions, "pooler" | "url"> = { url: clusterUrl }
) => {
  const schema = newSchema()
  return Effect.gen(function* () {
    const endpoint = yield* Endpoint.make
    const file = yield* bundled
    yield* put(AgentId.main, profile, endedLogin(endpoint.families.signIn(), 1_000))
    const options = { url, schema, tokenUrl: endpoint.url, profile, pooler }
    const workers: Array<Worker> = []
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
      assert.isTrue(
        served.every((token) => token === Redacted.value(stored.access)),
        `${served.length} callers were served ${new Set(served).size} tokens, not the stored one`
      )
      assert.deepStrictEqual(endpoint.families.counters(), {
        grants: round,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
      endpoint.script.push({ afterMs: 300 })
      const expires = 1_000 + round
      yield* put(AgentId.main, profile, { ...stored, expires })
      // All have heard of it before one of them is asked.
      yield* Effect.promise(() =>
        Promise.all(workers.map(({ ask }) => ask(0, "go", expires, stored.expires)))
      )
    }
  }).pipe(
    Effect.provide(ProfileStorePostgres.layer.pipe(Layer.provideMerge(migratedStore(schema))))
  )
}

if (pgbouncer === undefined)
  console.warn("PgBouncer is not installed: the tests through it are left out")

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

  it.scopedLive.skipIf(pgbouncer === undefined)(
    "through PgBouncer in transaction mode, where nobody can listen",
    () =>
      Effect.flatMap(startPgbouncer(pgbouncer ?? "", clusterUrl ?? ""), (url) =>
        rounds(10, 8, 8, () => Effect.void, { pooler: "transaction", url })
      ),
    180_000
  )

  it.scopedLive.skipIf(pgbouncer === undefined)(
    "which is refused where the config does not name it",
    () =>
      Effect.gen(function* () {
        const url = yield* startPgbouncer(pgbouncer ?? "", clusterUrl ?? "")
        const undeclared = optionsAt(url, newSchema())
        const asked = Effect.flatMap(Database, ({ query }) => query("select 1 as one"))
        const error = yield* Effect.flip(Effect.provide(asked, layer(undeclared)))
        assert.strictEqual(error._tag, "PoolerUndeclared")
        assert.include(error.cure, "store.pooler transaction")
        const declared = layer({ ...undeclared, pooler: "transaction" })
        assert.deepStrictEqual(yield* Effect.provide(asked, declared), [{ one: 1 }])
      })
  )

  it.scopedLive(
    "while every connection to the database is cut",
    () => rounds(5, 3, 4, () => cutConnections),
    180_000
  )
})
