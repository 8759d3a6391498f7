/**
 * Two gateways, each a process of its own, and every fault that may meet one of them while it
 * refreshes a login: one grant, no second use of a token, and a login that lives. The times of a
 * refresh are a tenth or less of those in use.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Database from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Migrate from "../src/migrate.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { type Cluster, installed, makeCluster } from "./cluster/cluster.ts"
import { describeWithServer, eventually, keyOf } from "./store.ts"
import type { AtRequest } from "./worker.ts"
import { bundled, type Cable, endedLogin, makeCable, startWorker, type Worker } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")
const schema = "clawdbot"

const times = {
  lease: { ttlMs: 1_500, renewEveryMs: 400, marginMs: 500, maxWaitMs: 9_000 },
  journal: { fenceMs: 4_000, graceMs: 6_000, settledMs: 500 }
}

/** Of each fault so many, one after the other. */
const repeats = Number(process.env.CLAWDBOT_FAULTS ?? 2)

/** What a fault may act upon, while the first gateway refreshes. */
interface Scene {
  readonly cable: Cable
  readonly cluster: Cluster
  readonly holder: Worker
  readonly query: Database.Query
  /** Waits until the provider has granted; its answer comes a second later. */
  readonly granted: Effect.Effect<unknown>
}

interface Fault {
  /** What happens to the holder between its intent and its request. */
  readonly at?: AtRequest | undefined
  /** What happens while it is on its way. */
  readonly meanwhile: (scene: Scene) => Effect.Effect<unknown>
}

// real time: the faults last as long as the database and the processes need to notice them.
const faults: Readonly<Record<string, Fault>> = {
  "the holder is stopped between intent and request, and goes on when its lease is over": {
    at: "stop",
    meanwhile: ({ holder }) =>
      Effect.zipRight(
        Effect.sleep(7_000),
        Effect.sync(() => holder.child.kill("SIGCONT"))
      )
  },
  "the holder is killed between intent and request": { at: "kill", meanwhile: () => Effect.void },
  "the holder is cut off between intent and request": {
    at: "wait",
    meanwhile: ({ cable }) =>
      Effect.sync(cable.cut).pipe(
        Effect.zipRight(Effect.sleep(4_500)),
        Effect.zipRight(Effect.sync(cable.mend))
      )
  },
  "the holder is cut off while the provider is asked": {
    meanwhile: ({ cable, granted }) =>
      Effect.zipRight(granted, Effect.sync(cable.cut)).pipe(
        Effect.zipRight(Effect.sleep(4_500)),
        Effect.zipRight(Effect.sync(cable.mend))
      )
  },
  "every connection to the database is killed while the provider is asked": {
    meanwhile: ({ granted, query }) =>
      Effect.zipRight(
        granted,
        query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where pid <> pg_backend_pid() and application_name = 'clawdbot'`
        ).pipe(Effect.ignore)
      )
  },
  "the database is started anew while the provider is asked": {
    meanwhile: ({ cluster, granted }) =>
      Effect.zipRight(
        granted,
        Effect.promise(async () => {
          await cluster.stop("immediate")
          await cluster.start()
        })
      )
  },
  "the database is down when the answer comes": {
    meanwhile: ({ cluster, granted }) =>
      granted.pipe(
        Effect.zipRight(Effect.promise(() => cluster.stop("immediate"))),
        Effect.zipRight(Effect.sleep(2_500)),
        Effect.zipRight(Effect.promise(cluster.start))
      )
  }
}

const ownCluster = Effect.acquireRelease(
  Effect.promise(async () => makeCluster((await installed()) ?? "")),
  ({ remove }) => Effect.promise(remove)
)

const databaseOf = (url: string) =>
  Database.layer({
    connection: Either.getOrThrow(ConnectionUrl.check(Redacted.make(url), "the test")),
    schema,
    poolSize: 4,
    pooler: "none"
  })

/** Plays a fault some times over, each with gateways of its own. */
const play = ({ at, meanwhile }: Fault) =>
  Effect.gen(function* () {
    const cluster = yield* ownCluster
    const file = yield* bundled
    const scene = Effect.gen(function* () {
      yield* Migrate.migrate()
      const { query, table } = yield* Database.Database
      const store = yield* ProfileStore
      const endpoint = yield* Endpoint.make
      for (let round = 1; round <= repeats; round++) {
        yield* query(`delete from ${table("agent_store")}`)
        const tokens = endpoint.families.signIn()
        yield* put(AgentId.main, profile, endedLogin(tokens, 4_000_000_000_000))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const cable = yield* makeCable(cluster.port)
            const options = { schema, tokenUrl: endpoint.url, profile, times }
            const farUrl = cluster.url.replace(String(cluster.port), String(cable.port))
            const holder = yield* startWorker(file, { ...options, url: farUrl })
            const other = yield* startWorker(file, { ...options, url: cluster.url })
            endpoint.script.push({ afterMs: 1_000 })
            yield* put(AgentId.main, profile, endedLogin(tokens, round))
            // The others hear of it.
            yield* Effect.sleep(300)
            const first = holder.ask(1, at)
            const intents = query(`select 1 from ${table("refresh_entry")} where state = 'intent'`)
            yield* eventually(intents, (rows) => rows.length > 0)
            const grants = Effect.sync(() => endpoint.families.counters().grants)
            const granted = eventually(grants, (count) => count === round)
            const asked = yield* Effect.fork(Effect.promise(() => other.ask(4)))
            yield* meanwhile({ cable, cluster, holder, query, granted })
            yield* Effect.promise(() => first)
            yield* asked.await
            const living = at === "kill" ? [other] : [holder, other]
            const served = yield* eventually(
              Effect.promise(async () =>
                (await Promise.all(living.map(({ ask }) => ask(2)))).flat()
              ),
              // Until it is settled what became of the refresh, the reason is the answer.
              (found) =>
                found.every(
                  (token) =>
                    token.startsWith("sk-ant-") && token === found[0] && token !== tokens.access
                )
            )
            const document = (yield* store.read(AgentId.main)).document
            const stored = document.profiles.get(profile)
            if (stored?.type !== "oauth") return assert.fail("the login is gone")
            assert.deepStrictEqual([...new Set(served)], [Redacted.value(stored.access)])
            assert.deepStrictEqual(endpoint.families.counters(), {
              grants: round,
              reuses: 0,
              refusals: 0,
              revokedFamilies: 0
            })
          })
        )
      }
    })
    yield* Effect.provide(
      scene,
      ProfileStorePostgres.layer.pipe(
        Layer.provideMerge(Keyring.layer(keyOf())),
        Layer.provideMerge(databaseOf(cluster.url))
      )
    )
  })

describeWithServer("one grant, whatever happens to a gateway that refreshes:", () => {
  for (const [name, fault] of Object.entries(faults))
    it.scopedLive(name, () => play(fault), 60_000 * repeats)
})
