/** What gateways know of each other's cooldowns, and what becomes of it when the database fails. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { usableAt } from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { limited } from "@clawdbot/testing/Health/healthStoreContract"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Database from "../src/Database.ts"
import * as HealthPostgres from "../src/Health/HealthPostgres.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import {
  describeWithServer,
  eventually,
  keyOf,
  migratedStore,
  newSchema,
  optionsFor
} from "./store.ts"

const id = ProfileId.of("anthropic:work")
const secret = "f1e2d3c4b5a69788"
const until = limited._tag === "Failed" ? limited.at + 3_600_000 : 0

/** So many gateways of one store, and its database. */
const gateways = (count: number) =>
  Effect.gen(function* () {
    const schema = newSchema()
    const database = Context.get(yield* Layer.build(migratedStore(schema)), Database.Database)
    const gateway = HealthPostgres.layerWatching.pipe(
      Layer.provide(Notices.layer(undefined)),
      Layer.provide(Keyring.layer(keyOf())),
      Layer.provide(Database.layer(optionsFor(schema)))
    )
    const stores = yield* Effect.all(
      Array.from({ length: count }, () =>
        Effect.map(Layer.build(Layer.fresh(gateway)), (built) => Context.get(built, HealthStore))
      )
    )
    yield* Effect.forEach(stores, (store) => store.read(AgentId.main), { discard: true })
    return { database, schema, stores }
  })

const usableFrom = (store: typeof HealthStore.Service) =>
  Effect.map(store.read(AgentId.main), (document) =>
    usableAt(HealthDocument.of(document, id, secret), anyRequest, until - 1)
  )

const rows = ({ query, table }: typeof Database.Database.Service) =>
  query<{ readonly profile: string }>(`select * from ${table("health")} order by profile`)

describeWithServer("health that gateways share", () => {
  it.scopedLive("lets every gateway know of a cooldown within a second", () =>
    Effect.gen(function* () {
      const { stores } = yield* gateways(3)
      const [one, ...others] = stores
      // real time: the promise is about a second, through the database.
      const begun = performance.now()
      assert.isTrue(one?.note(AgentId.main, id, secret, limited))
      for (const other of others) yield* eventually(usableFrom(other), (at) => at === until)
      // real time: the same.
      assert.isBelow(performance.now() - begun, 1_000)
    })
  )

  it.scopedLive("is stored again in a database that has lost it", () =>
    Effect.gen(function* () {
      const { database, schema, stores } = yield* gateways(2)
      const { query, table } = database
      yield* Effect.all(stores.map((store) => store.record(AgentId.main, id, secret, limited)))
      yield* Effect.all(stores.map(({ flush }) => flush))
      yield* query(`delete from ${table("health")}`)
      yield* query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and application_name = '${schema}'`
      )
      yield* eventually(rows(database), (found) => found.length === 1)
    })
  )

  it.scopedLive("holds nothing that says of a secret which one it is", () =>
    Effect.gen(function* () {
      const { database, stores } = yield* gateways(1)
      yield* Effect.forEach(stores, (store) => store.record(AgentId.main, id, secret, limited))
      yield* Effect.forEach(stores, ({ flush }) => flush)
      const [row] = yield* rows(database)
      assert.strictEqual(row?.profile, id)
      const texts = Object.values(row ?? {}).map((value) =>
        Buffer.isBuffer(value) ? value.toString("latin1") : String(value)
      )
      assert.isFalse(texts.some((text) => text.includes(secret) || text.includes("rate_limit")))
    })
  )

  it.scopedLive("is written whatever the names beside it are", () =>
    Effect.gen(function* () {
      const { database, stores } = yield* gateways(1)
      const [store] = stores
      if (store === undefined) return
      for (const name of ["a\0b", "x".repeat(3_000), id])
        store.note(AgentId.main, ProfileId.of(name), secret, limited)
      yield* store.flush
      assert.deepStrictEqual(
        (yield* rows(database)).map(({ profile }) => profile),
        [id]
      )
      assert.strictEqual((yield* store.read(AgentId.main)).profiles.size, 3)
    })
  )

  it.scopedLive("becomes the same everywhere, whoever learned what in which order", () =>
    Effect.gen(function* () {
      const { stores } = yield* gateways(3)
      const names = Array.from({ length: 4 }, (_, index) => ProfileId.of(`anthropic:${index}`))
      yield* Effect.forEach(
        Array.from({ length: 240 }, (_, index) => index),
        (index) =>
          Effect.gen(function* () {
            const store = stores[index % 3] ?? assert.fail("there are three")
            const at = 1_700_000_000_000 + ((index * 7_919) % 240)
            const event: HealthEvent = index % 5 === 0 ? { ...limited, at } : { _tag: "Used", at }
            yield* store.record(AgentId.main, names[index % 4] ?? id, secret, event)
            if (index % 11 === 0) yield* Effect.ignore(store.flush)
          }),
        { concurrency: 16, discard: true }
      )
      yield* Effect.forEach(stores, ({ flush }) => flush, { concurrency: "unbounded" })
      const documents = Effect.forEach(stores, (store) =>
        Effect.map(store.read(AgentId.main), ({ profiles }) =>
          names.map((name) => profiles.get(name))
        )
      )
      const [one, ...others] = yield* eventually(documents, ([first, ...rest]) =>
        rest.every((other) => JSON.stringify(other) === JSON.stringify(first))
      )
      for (const other of others) assert.deepStrictEqual(other, one)
    })
  )
})
