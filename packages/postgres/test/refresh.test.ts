/**
 * What keeps a login alive where several gateways share it: leases that end, intents of others,
 * answers that come late, credentials that moved on, and a database that goes back in time.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import { fencedCode, RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Database from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import * as HeldLeases from "../src/OAuth/HeldLeases.ts"
import * as HeldStoresPostgres from "../src/OAuth/HeldStoresPostgres.ts"
import * as RefreshJournalPostgres from "../src/OAuth/RefreshJournalPostgres.ts"
import * as RefreshLeasePostgres from "../src/OAuth/RefreshLeasePostgres.ts"
import * as Spool from "../src/OAuth/Spool.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { noticeKind } from "../src/Profile/storeRows.ts"
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
const fingerprint = "00112233aabbccdd"

/** What one gateway of the store is made of, or a command with other notices. */
const gateway = (
  schema: string,
  times = RefreshJournalPostgres.standardTimes,
  notices = Notices.layer(undefined)
) =>
  Layer.build(
    Layer.fresh(
      Layer.mergeAll(
        ProfileStorePostgres.layerWatching,
        HeldStoresPostgres.layer,
        RefreshLeasePostgres.layer,
        RefreshJournalPostgres.layerWith(times)
      ).pipe(
        Layer.provideMerge(Layer.mergeAll(HeldLeases.layer, Spool.layerNone)),
        Layer.provideMerge(notices),
        Layer.provideMerge(Keyring.layer(keyOf())),
        Layer.provideMerge(Database.layer(optionsFor(schema)))
      )
    )
  )

/** A schema with its tables, for as long as the scope lives. */
const store = Effect.gen(function* () {
  const schema = newSchema()
  yield* Layer.build(migratedStore(schema))
  return schema
})

describeWithServer("a refresh in a shared store", () => {
  it.scopedLive("writes no intent under a lease that is somebody else's by now", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = yield* gateway(schema)
      const journal = Context.get(one, RefreshJournal)
      const { query, table } = Context.get(one, Database.Database)
      const outcome = yield* Context.get(one, RefreshLease).withLease(fingerprint, ({ mayAsk }) =>
        Effect.gen(function* () {
          assert.isTrue(mayAsk())
          yield* query(`update ${table("refresh_lease")} set epoch = epoch + 1,
            holder = gen_random_uuid()`)
          const error = yield* Effect.flip(journal.record(fingerprint, { _tag: "Intent", at: 1 }))
          return { code: error.code, mayAsk: mayAsk() }
        })
      )
      assert.deepStrictEqual(outcome, { code: fencedCode, mayAsk: false })
      assert.isTrue(Option.isNone(yield* journal.find(fingerprint)))
    })
  )

  it.scopedLive("waits for the intent of another gateway, and not for its own", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = Context.get(yield* gateway(schema), RefreshJournal)
      const other = Context.get(yield* gateway(schema), RefreshJournal)
      yield* one.record(fingerprint, { _tag: "Intent", at: 1 })
      assert.isUndefined(yield* one.undecidedUntil(fingerprint))
      assert.isAbove((yield* other.undecidedUntil(fingerprint)) ?? 0, Date.now() + 500_000)
      const patient = { fenceMs: 40_000, graceMs: 0, settledMs: 0 }
      const late = Context.get(yield* gateway(schema, patient), RefreshJournal)
      assert.isUndefined(yield* late.undecidedUntil(fingerprint))
    })
  )

  it.scopedLive("lets a command settle what a process left that died", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const died = yield* gateway(schema)
      yield* Context.get(died, RefreshJournal).record(fingerprint, { _tag: "Intent", at: 1 })
      const undecided = (settledMs: number) =>
        Effect.flatMap(
          gateway(
            schema,
            { ...RefreshJournalPostgres.standardTimes, settledMs },
            Notices.layerSilent
          ),
          (command) => Context.get(command, RefreshJournal).undecidedUntil(fingerprint)
        )
      assert.isAbove((yield* undecided(1)) ?? 0, Date.now() + 500_000)
      const { query, table } = Context.get(died, Database.Database)
      yield* query(`update ${table("refresh_entry")}
        set changed_at = changed_at - interval '11 minutes'`)
      assert.isUndefined(yield* undecided(1))
      // A server that has not run for long yet: the writer may not have reached it.
      const late = yield* undecided(86_400_000)
      assert.isAbove(late ?? 0, Date.now())
    })
  )

  it.scopedLive("takes an answer whoever holds the lease, and loses it to no later intent", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = Context.get(yield* gateway(schema), RefreshJournal)
      const second = yield* gateway(schema)
      const other = Context.get(second, RefreshJournal)
      const grant = { access: Redacted.make("a"), refresh: Redacted.make("b") }
      const outcome = yield* Context.get(second, RefreshLease).withLease(fingerprint, () =>
        Effect.gen(function* () {
          yield* one.record(fingerprint, { _tag: "Answered", at: 2, grant })
          yield* Effect.ignore(other.record(fingerprint, { _tag: "Intent", at: 3 }))
          yield* other.record(fingerprint, { _tag: "Ended", at: 4, cause: "consumed", detail: "" })
          return yield* other.find(fingerprint)
        })
      )
      assert.strictEqual(Option.getOrThrow(outcome)._tag, "Answered")
    })
  )

  it.scopedLive("leaves a login alone that somebody signed in anew meanwhile", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = yield* gateway(schema)
      yield* Effect.provide(put(AgentId.main, id, login(1)), one)
      const { document, write } = yield* Effect.scoped(
        Context.get(one, HeldStores).hold(AgentId.main)
      )
      yield* Effect.provide(put(AgentId.main, id, login(7)), one)
      yield* write(ProfileDocument.set(document, id, login(2)))
      const now = yield* Effect.scoped(Context.get(one, HeldStores).hold(AgentId.main))
      assert.strictEqual(refreshOf(now.document, id), "sk-ant-ort01-7")
    })
  )

  it.scopedLive("gives back its own lease only, where it lost it to the same process", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = yield* gateway(schema)
      const { withLease } = Context.get(one, RefreshLease)
      const { query, table } = Context.get(one, Database.Database)
      const lost = yield* Deferred.make<void>()
      const first = yield* Effect.fork(withLease(fingerprint, () => Deferred.await(lost)))
      const taken = query(`select 1 from ${table("refresh_lease")} where until > clock_timestamp()`)
      yield* eventually(taken, (rows) => rows.length > 0)
      yield* query(`update ${table("refresh_lease")} set until = '-infinity'`)
      yield* withLease(fingerprint, () =>
        Effect.gen(function* () {
          yield* Deferred.succeed(lost, undefined)
          yield* Fiber.join(first)
          yield* Context.get(one, RefreshJournal).record(fingerprint, { _tag: "Intent", at: 1 })
        })
      )
      const entries = yield* query(`select epoch::int as epoch from ${table("refresh_entry")}`)
      assert.deepStrictEqual(entries, [{ epoch: 2 }])
    })
  )

  it.scopedLive("leaves no lease behind that ended long ago", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = yield* gateway(schema)
      const { query, table } = Context.get(one, Database.Database)
      const settle = (name: string) =>
        Context.get(one, RefreshLease).withLease(name, () =>
          Context.get(one, RefreshJournal).record(name, { _tag: "Settled", at: 1, successor: name })
        )
      yield* settle("0000000000000001")
      yield* settle("0000000000000002")
      const left = query(`select 1 from ${table("refresh_lease")}`)
      assert.strictEqual((yield* left).length, 2)
      yield* query(`update ${table("refresh_lease")} set until = until - interval '25 hours'`)
      yield* settle("0000000000000003")
      assert.strictEqual((yield* left).length, 1)
    })
  )

  it.scopedLive("is known to the other gateways, and said again to a database of yesterday", () =>
    Effect.gen(function* () {
      const schema = yield* store
      const one = yield* gateway(schema)
      const other = Context.get(yield* gateway(schema), ProfileStore)
      const { query, table } = Context.get(one, Database.Database)
      yield* Effect.provide(put(AgentId.main, id, login(1)), one)
      assert.strictEqual(
        refreshOf((yield* other.read(AgentId.main)).document, id),
        "sk-ant-ort01-1"
      )
      yield* query(`create table "${schema}".yesterday as select * from ${table("profile")}`)
      const held = yield* Effect.scoped(Context.get(one, HeldStores).hold(AgentId.main))
      yield* held.write(ProfileDocument.set(held.document, id, login(2)))
      const isNew = ({ document }: { readonly document: ProfileDocument.ProfileDocument }) =>
        refreshOf(document, id) === "sk-ant-ort01-2"
      yield* eventually(other.read(AgentId.main), isNew)
      yield* query(`update ${table("profile")} p set sealed = y.sealed, key_id = y.key_id,
        refresh_mark = y.refresh_mark from "${schema}".yesterday y
        where p.agent = y.agent and p.profile = y.profile`)
      yield* query(`update ${table("agent_store")} set version = version + 1`)
      yield* Context.get(one, Notices.Notices).send(noticeKind, AgentId.main)
      yield* eventually(other.read(AgentId.main), (found) => !isNew(found))
      // All connections end, as when another server takes over.
      yield* query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and application_name = '${schema}'`
      )
      yield* eventually(other.read(AgentId.main), isNew)
    })
  )
})
