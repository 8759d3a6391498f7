/** Who created what, as gateways of one store know it. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { type Pin, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as PinRows from "../src/Auth/PinRows.ts"
import * as ResourcePinsPostgres from "../src/Auth/ResourcePinsPostgres.ts"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Database from "../src/Database.ts"
import {
  clusterUrl,
  describeWithServer,
  eventually,
  migratedStore,
  newSchema,
  optionsFor
} from "./store.ts"
import { makeCable } from "./workers.ts"

const profile = ProfileId.of("anthropic:a")
const pin = (id: string, different: Partial<Pin> = {}): Pin => ({
  agent: AgentId.main,
  kind: "batch",
  id,
  profile,
  ...different
})

/** A store, and gateways of it, reached as is or by other options. */
const makeStore = Effect.gen(function* () {
  const schema = newSchema()
  const database = Context.get(yield* Layer.build(migratedStore(schema)), Database.Database)
  const rows = yield* Effect.provideService(PinRows.make, Database.Database, database)
  const gateway = (options = optionsFor(schema)) =>
    Effect.map(
      Layer.build(
        ResourcePinsPostgres.layer.pipe(Layer.provide(Layer.fresh(Database.layer(options))))
      ),
      (built) => Context.get(built, ResourcePins)
    )
  const stored = Effect.map(
    database.query<{ readonly id: string }>(
      `select id from ${database.table("resource_pin")} order by id`
    ),
    (found) => found.map(({ id }) => id)
  )
  return { database, gateway, rows, schema, stored }
})

const note = (pins: typeof ResourcePins.Service, noted: Pin) => pins.note(noted, 0) ?? Effect.void

describeWithServer("pins that gateways share", () => {
  it.scopedLive("are known everywhere before the client has the id, a hundred times", () =>
    Effect.gen(function* () {
      const { gateway } = yield* makeStore
      const [one, other] = [yield* gateway(), yield* gateway()]
      for (let count = 0; count < 100; count++) {
        const id = `msgbatch_${count}`
        const [from, to] = count % 2 === 0 ? [one, other] : [other, one]
        yield* note(from, pin(id))
        assert.isUndefined(to.find(AgentId.main, id))
        assert.isTrue(yield* to.look(AgentId.main, ["msgbatch_none", id]), id)
        assert.strictEqual(to.find(AgentId.main, id), profile)
      }
    })
  )

  it.scopedLive("are stored, however many are noted at once", () =>
    Effect.gen(function* () {
      const { gateway, stored } = yield* makeStore
      const one = yield* gateway()
      const all = Array.from({ length: 500 }, (_, count) => pin(`file_${count}`))
      yield* Effect.forEach(all, (noted) => note(one, noted), { concurrency: "unbounded" })
      assert.strictEqual((yield* stored).length, 500)
      // What is known is not news: a container is named by every answer that used it.
      assert.isUndefined(one.note(pin("file_1"), 0))
    })
  )

  it.scopedLive("of one agent are found by no other one", () =>
    Effect.gen(function* () {
      const { gateway } = yield* makeStore
      const [one, other] = [yield* gateway(), yield* gateway()]
      yield* note(one, pin("file_1"))
      assert.isFalse(yield* other.look(AgentId.normalize("work"), ["file_1"]))
      assert.isTrue(yield* other.look(AgentId.main, ["file_1"]))
    })
  )

  it.scopedLive("that no database takes are known to their gateway, and stop no others", () =>
    Effect.gen(function* () {
      const { gateway, stored } = yield* makeStore
      const one = yield* gateway()
      const names = ["a\0b", "x".repeat(3_000)]
      for (const name of names) yield* note(one, pin(`file_${name}`))
      yield* note(one, pin("file_\uD800"))
      yield* note(one, pin("file_1"))
      yield* eventually(stored, (found) => found.length === 2)
      for (const name of names) assert.strictEqual(one.find(AgentId.main, `file_${name}`), profile)
    })
  )

  it.scopedLive("hold no answer and no request for long while the database is silent", () =>
    Effect.gen(function* () {
      const { gateway, schema, stored } = yield* makeStore
      const url = new URL(clusterUrl ?? "")
      const cable = yield* makeCable(Number(url.port))
      url.port = String(cable.port)
      const connection = Either.getOrThrow(ConnectionUrl.check(Redacted.make(url.href), "the test"))
      const one = yield* gateway({ ...optionsFor(schema), connection })
      yield* note(one, pin("file_1"))
      cable.cut()
      // real time: the promise is about a quarter of a second.
      const begun = performance.now()
      yield* note(one, pin("file_2"))
      for (let count = 0; count < 50; count++) {
        assert.isUndefined(one.note(pin(`file_more_${count}`), 0))
        assert.isFalse(yield* one.look(AgentId.main, [`msgbatch_${count}`]))
      }
      // real time: the same, on a machine that is busy.
      assert.isBelow(performance.now() - begun, 900)
      assert.strictEqual(one.find(AgentId.main, "file_2"), profile)
      cable.mend()
      yield* eventually(stored, (found) => found.length === 52)
    })
  )

  it.scopedLive("are kept for ninety days since somebody asked for them", () =>
    Effect.gen(function* () {
      const { database, gateway, rows, stored } = yield* makeStore
      yield* rows.write([pin("file_old"), pin("file_recent"), pin("file_used")])
      const age = (id: string, days: number) =>
        database.query(
          `update ${database.table("resource_pin")} set used_on = current_date - $2::int
           where id = $1`,
          [id, days]
        )
      yield* age("file_old", 91)
      yield* age("file_recent", 89)
      yield* age("file_used", 91)
      yield* rows.renew([{ agent: AgentId.main, id: "file_used" }])
      yield* gateway()
      yield* eventually(stored, (found) => found.length === 2)
      assert.deepStrictEqual(yield* stored, ["file_recent", "file_used"])
    })
  )
})
