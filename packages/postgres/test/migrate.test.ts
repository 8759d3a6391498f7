import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Database, layer } from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Migrate from "../src/migrate.ts"
import {
  bareDatabase,
  describeWithServer,
  keyOf,
  migratedStore,
  newSchema,
  optionsFor
} from "./store.ts"

describeWithServer("the format of a store", () => {
  it.scopedLive("is made by one of eight that migrate at once, and found by the others", () =>
    Effect.gen(function* () {
      const all = yield* Effect.provide(Migrate.migrate({ dryRun: true }), bareDatabase())
      for (let round = 0; round < 3; round++) {
        const schema = newSchema()
        const outcomes = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => Effect.provide(Migrate.migrate(), Layer.fresh(layer(optionsFor(schema)))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes.map((applied) => applied.length).sort(), [
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          all.length
        ])
        const { format } = yield* Effect.provide(Migrate.readFormat, bareDatabase(schema))
        assert.strictEqual(format, Migrate.currentFormat)
      }
    })
  )

  it.scopedLive("is only looked at by a dry run", () =>
    Effect.gen(function* () {
      const missing = yield* Migrate.migrate({ dryRun: true })
      assert.deepStrictEqual(missing[0], { id: 1, name: "the first tables" })
      assert.strictEqual(missing.at(-1)?.id, Migrate.currentFormat)
      assert.strictEqual((yield* Migrate.readFormat).format, 0)
    }).pipe(Effect.provide(bareDatabase()))
  )

  it.scopedLive("is refused where there are no tables, with the command that makes them", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Migrate.checkFormat("0.1.0"))
      assert.strictEqual(error._tag, "StoreSchemaOlder")
      assert.include(error.cure, "clawdbot store migrate")
    }).pipe(Effect.provide(bareDatabase()))
  )

  it.scopedLive("may be newer, as long as it lets this version work with it", () =>
    Effect.gen(function* () {
      const { query, table } = yield* Database
      yield* query(`update ${table("store_meta")} set format = 9`)
      assert.strictEqual((yield* Migrate.checkFormat("0.1.0 (abc)")).format, 9)
      yield* query(`update ${table("store_meta")} set min_app = '0.2.0'`)
      const error = yield* Effect.flip(Migrate.checkFormat("0.1.9 (abc)"))
      assert.strictEqual(error._tag, "StoreSchemaNewer")
      assert.include(error.message, "0.2.0")
      assert.strictEqual((yield* Migrate.checkFormat("0.10.0")).format, 9)
    }).pipe(Effect.provide(migratedStore()))
  )

  it.scopedLive("counts as older where a migration in between is missing, which is applied", () =>
    Effect.gen(function* () {
      const { query, table } = yield* Database
      yield* query(`delete from ${table("migration")} where id = 3`)
      yield* query(`alter table ${table("resource_pin")} drop column kind`)
      for (const index of ["resource_pin_used_on", "usage_writer_at"])
        yield* query(`drop index ${table(index)}`)
      const error = yield* Effect.flip(Migrate.checkFormat("0.1.0"))
      assert.strictEqual(error._tag, "StoreSchemaOlder")
      assert.include(error.message, "format 2")
      assert.include(error.cure, "clawdbot store migrate")
      const missing = yield* Migrate.migrate({ dryRun: true })
      assert.deepStrictEqual(
        missing.map(({ id }) => id),
        [3]
      )
      yield* Migrate.migrate()
      assert.strictEqual((yield* Migrate.checkFormat("0.1.0")).format, Migrate.currentFormat)
    }).pipe(Effect.provide(migratedStore()))
  )

  it.scopedLive("keeps its schema as it was where a migration is refused", () =>
    Effect.gen(function* () {
      const { query, options } = yield* Database
      yield* query(`create schema "${options.schema}"`)
      yield* query(`create table "${options.schema}".profile (mine int)`)
      const error = yield* Effect.flip(Migrate.migrate())
      assert.strictEqual(error._tag === "DatabaseUnavailable" ? error.code : "", "42P07")
      assert.strictEqual((yield* Migrate.readFormat).format, 0)
    }).pipe(Effect.provide(bareDatabase()))
  )
})

describeWithServer("the keys of a store", () => {
  it.scopedLive("are made once, however many begin with it", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<Database>()
      const rings = yield* Effect.forEach(
        Array.from({ length: 6 }),
        () =>
          Effect.flatMap(Keyring.Keyring, ({ keys }) => keys).pipe(
            Effect.provide(Layer.fresh(Keyring.layer(keyOf()))),
            Effect.provide(context)
          ),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(rings.map((keys) => keys.mark("one"))).size, 1)
    }).pipe(Effect.provide(migratedStore()))
  )

  it.scopedLive("do not open under another key, which is named by its mark", () =>
    Effect.gen(function* () {
      yield* (yield* Keyring.Keyring).keys
      const context = yield* Effect.context<Database>()
      const other = yield* Effect.flatMap(Keyring.Keyring, ({ keys }) => Effect.either(keys)).pipe(
        Effect.provide(Layer.fresh(Keyring.layer(keyOf("other")))),
        Effect.provide(context)
      )
      assert.isTrue(Either.isLeft(other))
      if (Either.isRight(other)) return
      assert.strictEqual(other.left._tag, "StoreKeyWrong")
      assert.include(other.left.message, keyOf().mark)
    }).pipe(Effect.provide(migratedStore()))
  )
})
