/** The way into the dashboard over several gateways. */
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DashboardAccessPostgres from "../src/Client/DashboardAccessPostgres.ts"
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

const over = (schema: string) =>
  Keyring.layer(keyOf()).pipe(Layer.provideMerge(Database.layer(optionsFor(schema))))

const gateway = (schema: string) =>
  DashboardAccessPostgres.layerWatching.pipe(
    Layer.provide(Notices.layer(undefined)),
    Layer.provide(over(schema)),
    Layer.fresh,
    Layer.build,
    Effect.map((built) => Context.get(built, DashboardAccess))
  )

const command = (schema: string) =>
  DashboardAccessPostgres.layer.pipe(
    Layer.provide(Notices.layerSilent),
    Layer.provide(over(schema)),
    Layer.fresh,
    Layer.build,
    Effect.map((built) => Context.get(built, DashboardAccess))
  )

const store = Effect.gen(function* () {
  const schema = newSchema()
  const database = Context.get(yield* Layer.build(migratedStore(schema)), Database.Database)
  const gateways = yield* Effect.all(
    Array.from({ length: 3 }, () => gateway(schema)),
    { concurrency: "unbounded" }
  )
  return { database, gateways, schema }
})

const soon = Date.UTC(2100, 0)

describeWithServer("the dashboard of several gateways", () => {
  it.scopedLive(
    "has one key and one cookie, which a gateway started at the same time has too",
    () =>
      Effect.gen(function* () {
        const { gateways } = yield* store
        const keys = gateways.map(({ key }) => Buffer.from(key()).toString("hex"))
        assert.match(keys[0] ?? "", /^[0-9a-f]{64}$/)
        assert.strictEqual(new Set(keys).size, 1)
        assert.strictEqual(new Set(gateways.map(({ sharedLinks }) => sharedLinks?.cookie)).size, 1)
      })
  )

  it.scopedLive("is opened once by a link, whoever is asked and however many ask at once", () =>
    Effect.gen(function* () {
      const { gateways } = yield* store
      for (const link of ["one", "two", "three"]) {
        const opened = yield* Effect.forEach(
          [...gateways, ...gateways, ...gateways],
          ({ sharedLinks }) => sharedLinks?.useOnce(link, soon) ?? Effect.succeed(false),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(opened.filter((isOpened) => isOpened).length, 1)
      }
    })
  )

  it.scopedLive("is opened by no link while nobody can say whether it was used", () =>
    Effect.gen(function* () {
      const { database, gateways } = yield* store
      yield* database.query(`alter table ${database.table("used_link")} rename to away`)
      const [one] = gateways
      assert.isFalse(yield* one?.sharedLinks?.useOnce("one", soon) ?? Effect.succeed(true))
    })
  )

  it.scopedLive("forgets links that ended long ago, and no others", () =>
    Effect.gen(function* () {
      const { database, gateways } = yield* store
      const use = (link: string, until: number) =>
        gateways[0]?.sharedLinks?.useOnce(link, until) ?? Effect.succeed(false)
      assert.isTrue(yield* use("old", 1_700_000_000_000))
      assert.isTrue(yield* use("new", soon))
      assert.isTrue(yield* use("newer", soon))
      const rows = yield* database.query<{ readonly hash: string }>(
        `select hash from ${database.table("used_link")} order by hash`
      )
      assert.deepStrictEqual(
        rows.map(({ hash }) => hash),
        ["new", "newer"]
      )
    })
  )

  it.scopedLive("ends every session on all of them within a second", () =>
    Effect.gen(function* () {
      const { gateways, schema } = yield* store
      const hex = Effect.sync(() => gateways.map(({ key }) => Buffer.from(key()).toString("hex")))
      const [before] = yield* hex
      // real time: the promise is about a second, through the database.
      const began = performance.now()
      const { endSessions } = yield* command(schema)
      assert.isTrue(yield* endSessions)
      const after = yield* eventually(hex, (keys) => !keys.includes(before ?? ""))
      // real time: the same.
      assert.isBelow(performance.now() - began, 1_000)
      assert.strictEqual(new Set(after).size, 1)
    })
  )
})
