/** The tokens of clients over several gateways, also while the database is away. */
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccessTokensPostgres from "../src/Client/AccessTokensPostgres.ts"
import * as Database from "../src/Database.ts"
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

const laptop = { hash: "a".repeat(64), createdAt: 1 }
const lab = { hash: "b".repeat(64), createdAt: 2 }

/** The tokens of one process, a gateway or a command, over a store. */
const tokensOf = (schema: string, notices: typeof Notices.layerSilent) =>
  AccessTokensPostgres.layer.pipe(
    Layer.provide(notices),
    Layer.provide(Keyring.layer(keyOf())),
    Layer.provide(Database.layer(optionsFor(schema))),
    Layer.fresh,
    Layer.build,
    Effect.map((built) => Context.get(built, AccessTokens))
  )

/** A store with two gateways that watch its clients, and a command that changes them. */
const store = Effect.gen(function* () {
  const schema = newSchema()
  const database = Context.get(yield* Layer.build(migratedStore(schema)), Database.Database)
  const command = yield* tokensOf(schema, Notices.layerSilent)
  const gateways = yield* Effect.all(
    Array.from({ length: 2 }, () => tokensOf(schema, Notices.layer(undefined)))
  )
  const watched = yield* Effect.forEach(gateways, ({ watchClients }) => watchClients)
  return { command, database, gateways, schema, watched }
})

const add = ({ modifyClients }: typeof AccessTokens.Service, name: string, token: typeof laptop) =>
  modifyClients((known) => ClientTokens.add(known, name, token))

describeWithServer("the tokens of clients over several gateways", () => {
  it.scopedLive("are added and revoked on all of them within a second, by whoever does it", () =>
    Effect.gen(function* () {
      const { command, watched } = yield* store
      const allHave = Effect.sync(() => watched.every((current) => current().has(laptop.hash)))
      const noneHas = Effect.sync(() => watched.every((current) => !current().has(laptop.hash)))
      yield* eventually(noneHas, (holds) => holds)
      yield* add(command, "laptop", laptop)
      // real time: the promise is about a second, through the database.
      const added = performance.now()
      yield* eventually(allHave, (holds) => holds)
      // real time: the same.
      assert.isBelow(performance.now() - added, 1_000)
      yield* command.modifyClients((known) => ClientTokens.revoke(known, "laptop"))
      // real time: the same.
      const revoked = performance.now()
      yield* eventually(noneHas, (holds) => holds)
      // real time: the same.
      assert.isBelow(performance.now() - revoked, 1_000)
    })
  )

  it.scopedLive("stay in force while the database cannot be asked, and follow it afterwards", () =>
    Effect.gen(function* () {
      const { command, database, watched } = yield* store
      const { query, table } = database
      const count = Effect.sync(() => watched.map((current) => current().size))
      yield* add(command, "laptop", laptop)
      yield* eventually(count, (sizes) => sizes.every((size) => size === 1))
      yield* query(`alter table ${table("client_token")} rename to client_token_away`)
      const refused = yield* Effect.flip(add(command, "lab", lab))
      assert.strictEqual(refused._tag, "GatewayTokensUnavailable")
      // Both hear of a change and cannot read it.
      yield* query("select pg_notify($1, 'clients changed')", [database.channel])
      // real time: that nothing changes has no moment; both have read the notice long before this.
      yield* Effect.sleep(200)
      assert.deepStrictEqual(yield* count, [1, 1])
      yield* query(`alter table ${table("client_token_away")} rename to client_token`)
      yield* add(command, "lab", lab)
      yield* eventually(count, (sizes) => sizes.every((size) => size === 2))
    })
  )

  it.scopedLive("stand nowhere in the database, nor do the gateway's own ones", () =>
    Effect.gen(function* () {
      const { command, database, gateways } = yield* store
      yield* add(command, "laptop", laptop)
      const own = { client: "cbt_planted-client", admin: "cbt_planted-admin" }
      yield* command.completeOwn(() => ({
        client: Redacted.make(own.client),
        admin: Redacted.make(own.admin)
      }))
      for (const { own: found } of gateways)
        assert.strictEqual(Redacted.value((yield* found).admin ?? Redacted.make("")), own.admin)
      const rows = yield* database.query(`select * from ${database.table("shared_secret")}`)
      const texts = rows.flatMap((row) =>
        Object.values(row).map((value) =>
          Buffer.isBuffer(value) ? value.toString("latin1") : String(value)
        )
      )
      assert.isAbove(texts.length, 6)
      assert.isFalse(texts.some((text) => text.includes("planted")))
    })
  )

  it.scopedLive("are refused as a whole where somebody else wrote among them", () =>
    Effect.gen(function* () {
      const { command, database } = yield* store
      yield* database.query(
        `insert into ${database.table("client_token")} (name, hash, created_at)
         values ('odd', 'no hash', 1)`
      )
      const refused = yield* Effect.flip(command.clients)
      assert.match(refused.message, /client_token.*not what clawdbot writes/)
    })
  )
})
