/** What gateways know of each other's changes, and of what the database has lost. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Database from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import * as HeldStoresPostgres from "../src/OAuth/HeldStoresPostgres.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import {
  describeWithServer,
  eventually,
  keyOf,
  login,
  migratedStore,
  newSchema,
  optionsFor,
  refreshOf
} from "./store.ts"

const id = ProfileId.of("anthropic:work")

/** Notices of which the gateway itself sends none. */
const mute = Layer.map(Notices.layer(undefined), (context) =>
  Context.add(context, Notices.Notices, {
    ...Context.get(context, Notices.Notices),
    send: () => Effect.void
  })
)

const gateway = (schema: string) =>
  Layer.build(
    Layer.fresh(
      Layer.mergeAll(ProfileStorePostgres.layerWatching, HeldStoresPostgres.layer).pipe(
        Layer.provideMerge(mute),
        Layer.provideMerge(Keyring.layer(keyOf())),
        Layer.provideMerge(Database.layer(optionsFor(schema)))
      )
    )
  )

describeWithServer("a profile store of several gateways", () => {
  it.scopedLive("tells of every change by the transaction that makes it", () =>
    Effect.gen(function* () {
      const schema = newSchema()
      yield* Layer.build(migratedStore(schema))
      const one = yield* gateway(schema)
      const other = Context.get(yield* gateway(schema), ProfileStore)
      yield* other.read(AgentId.main)
      // real time: the database tells of a change sooner than this program would look.
      const begun = performance.now()
      yield* Effect.provide(put(AgentId.main, id, login(1)), one)
      yield* eventually(other.read(AgentId.main), ({ document }) => document.profiles.has(id))
      const held = yield* Effect.scoped(Context.get(one, HeldStores).hold(AgentId.main))
      yield* held.write(ProfileDocument.set(held.document, id, login(2)))
      yield* eventually(
        other.read(AgentId.main),
        (found) => refreshOf(found.document, id) === "sk-ant-ort01-2"
      )
      // real time: sooner than by looking, which comes after seconds.
      assert.isBelow(performance.now() - begun, 4_000)
    })
  )

  it.scopedLive("is forgotten where the database does not have it any more", () =>
    Effect.gen(function* () {
      const schema = newSchema()
      yield* Layer.build(migratedStore(schema))
      const one = yield* gateway(schema)
      const store = Context.get(one, ProfileStore)
      const { query, table } = Context.get(one, Database.Database)
      yield* Effect.provide(put(AgentId.main, id, login(1)), one)
      assert.isTrue((yield* store.read(AgentId.main)).exists)
      yield* query(`delete from ${table("agent_store")}`)
      yield* query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and application_name = '${schema}'`
      )
      const found = yield* eventually(store.read(AgentId.main), ({ exists }) => !exists)
      assert.strictEqual(found.document.profiles.size, 0)
      yield* Effect.provide(put(AgentId.main, id, login(2)), one)
      assert.isTrue((yield* store.read(AgentId.main)).exists)
    })
  )
})
