/** How gateways of a store know of each other, and of its database. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { GatewayFleet } from "@clawdbot/domain/Fleet/GatewayFleet"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Database from "../src/Database.ts"
import * as GatewayFleetPostgres from "../src/Fleet/GatewayFleetPostgres.ts"
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

const configOf = (drainSeconds: number, port: number) =>
  ConfigMemory.layer(JSON.stringify({ gateway: { drainSeconds, port } })).pipe(
    Layer.provide(EnvironmentMemory.layer({})),
    Layer.provide(EnvironmentMemory.pathsLayer())
  )

/** A gateway that tells the others of itself until its scope closes. */
const gateway = (schema: string, host: string, drainSeconds = 5) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const built = yield* GatewayFleetPostgres.layer.pipe(
      Layer.provide(Notices.layer(undefined)),
      Layer.provide(Keyring.layer(keyOf())),
      Layer.provide(Database.layer(optionsFor(schema))),
      Layer.provide(configOf(drainSeconds, host.length + 1_000)),
      Layer.fresh,
      Layer.buildWithScope(scope)
    )
    const fleet = Context.get(built, GatewayFleet)
    const own = { host, url: `http://${host}:1`, version: "1.0.0" }
    yield* Scope.extend(fleet.announce(own), scope)
    const end = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => end)
    return { fleet, end }
  })

const store = Effect.gen(function* () {
  const schema = newSchema()
  const context = yield* Layer.build(migratedStore(schema))
  const database = Context.get(context, Database.Database)
  const look = Effect.gen(function* () {
    const config = yield* Effect.flatMap(ConfigStore, ({ load }) => load)
    return yield* GatewayFleetPostgres.look(config)
  }).pipe(Effect.provide(configOf(5, 1)), Effect.provide(context))
  return { database, look, schema }
})

const hosts = (others: ReadonlyArray<{ readonly host: string }>) =>
  others.map(({ host }) => host).sort()

describeWithServer("gateways of a store", () => {
  it.scopedLive("know of each other, and forget the one that ends in order", () =>
    Effect.gen(function* () {
      const { look, schema } = yield* store
      const one = yield* gateway(schema, "one")
      const two = yield* gateway(schema, "another")
      yield* eventually(look, ({ others }) => others.length === 2)
      const three = yield* gateway(schema, "differs", 9)
      const known = yield* eventually(
        Effect.sync(() => three.fleet.report()?.others ?? []),
        (others) => others.length === 2
      )
      assert.deepStrictEqual(hosts(known), ["another", "one"])
      const { configDigest, others } = yield* eventually(look, (found) => found.others.length === 3)
      assert.match(configDigest, /^[0-9a-f]{12}$/)
      // Their ports are their own; how long they drain is not.
      assert.deepStrictEqual(hosts(others.filter((other) => other.configDigest === configDigest)), [
        "another",
        "one"
      ])
      assert.isTrue(others.every(({ silentMs }) => silentMs < 15_000))
      yield* two.end
      assert.deepStrictEqual(hosts((yield* look).others), ["differs", "one"])
      yield* one.end
    })
  )

  it.scopedLive("are silent once they say nothing, and are forgotten after a day", () =>
    Effect.gen(function* () {
      const { database, look, schema } = yield* store
      const { query, table } = database
      const killed = (id: number, ago: string) =>
        query(
          `insert into ${table("gateway")}
             (instance, host, version, config_digest, started_at, beat_at)
           values ('00000000-0000-0000-0000-00000000000${id}', 'killed-${id}', '1', 'x',
             clock_timestamp(), clock_timestamp() - interval '${ago}')`
        )
      yield* killed(1, "20 seconds")
      yield* killed(2, "25 hours")
      const { fleet } = yield* gateway(schema, "one")
      yield* eventually(look, ({ others }) => hosts(others).join() === "killed-1,one")
      const [other] = yield* eventually(
        Effect.sync(() => fleet.report()?.others ?? []),
        (others) => others.some(({ host }) => host === "killed-1")
      )
      assert.isAbove(other?.silentMs ?? 0, 15_000)
    })
  )

  it.scopedLive("say since when their database is away, and for how long it was", () =>
    Effect.gen(function* () {
      const { database, schema } = yield* store
      const { fleet } = yield* gateway(schema, "one")
      const downSince = Effect.sync(() => fleet.report()?.storeDownSince)
      const others = Effect.sync(() => fleet.report()?.configDigest)
      yield* eventually(others, (digest) => digest !== "")
      assert.isUndefined(yield* downSince)
      // The connections of this schema are ended again and again, which is what an outage is like.
      const cut = database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and application_name = '${schema}'`
      )
      yield* eventually(Effect.zipRight(cut, downSince), (since) => since !== undefined)
      yield* eventually(downSince, (since) => since === undefined)
      assert.isAbove(fleet.storeDownMs(), 0)
    })
  )
})
