/**
 * Three gateways learn of credentials at random, and each is cut off from the database at random:
 * once all of them have it again, they know the same. `healthPartitions.test.ts` does the same a
 * thousand times without a database.
 */
import { isDeepStrictEqual } from "node:util"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Database from "../src/Database.ts"
import * as HealthPostgres from "../src/Health/HealthPostgres.ts"
import * as HealthTable from "../src/Health/HealthTable.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import { happenings, names } from "./healthEvents.ts"
import {
  clusterUrl,
  describeWithServer,
  eventually,
  keyOf,
  migratedStore,
  newSchema
} from "./store.ts"
import { makeCable } from "./workers.ts"

const runs = 12
/** Nothing listens there. */
const nowhere = 1

/** A gateway that reaches its database through a cable of its own. */
const gateway = (schema: string) =>
  Effect.gen(function* () {
    const url = new URL(clusterUrl ?? "postgres://127.0.0.1:1/none")
    const port = Number(url.port)
    const cable = yield* makeCable(port)
    url.port = String(cable.port)
    const connection = Either.getOrThrow(ConnectionUrl.check(Redacted.make(url.href), "the test"))
    const built = yield* Layer.build(
      Layer.fresh(
        HealthPostgres.layerWatching.pipe(
          Layer.provide(Notices.layer(undefined)),
          Layer.provide(Keyring.layer(keyOf())),
          Layer.provide(Database.layer({ connection, schema, poolSize: 2, pooler: "none" }))
        )
      )
    )
    const store = Context.get(built, HealthStore)
    yield* store.read(AgentId.main)
    return {
      store,
      cut: () => cable.lead(nowhere),
      meet: () => cable.lead(port)
    }
  })

const play = (all: ReadonlyArray<typeof happenings extends fc.Arbitrary<infer A> ? A : never>) =>
  Effect.gen(function* () {
    const schema = newSchema()
    yield* Layer.build(migratedStore(schema))
    const gateways = yield* Effect.all([gateway(schema), gateway(schema), gateway(schema)])
    for (const happening of all) {
      const { cut, meet, store } = gateways[happening.gateway] ?? assert.fail("there are three")
      switch (happening._tag) {
        case "Learned":
          yield* store.record(AgentId.main, happening.profile, happening.secret, happening.event)
          break
        case "Cut":
          cut()
          break
        case "Met":
          meet()
          break
        case "Flushed":
          yield* Effect.ignore(store.flush)
          break
        case "Looked":
          // real time: what the others wrote is heard of meanwhile.
          yield* Effect.sleep(30)
      }
    }
    for (const { meet } of gateways) meet()
    const known = Effect.forEach(gateways, ({ store }) =>
      Effect.zipRight(
        Effect.ignore(store.flush),
        Effect.map(store.read(AgentId.main), ({ profiles }) =>
          names.map((name) => {
            const found = profiles.get(name)
            return found === undefined ? {} : JSON.parse(HealthTable.encode(name, found))
          })
        )
      )
    )
    yield* eventually(known, ([one, ...others]) =>
      others.every((other) => isDeepStrictEqual(other, one))
    )
  }).pipe(Effect.scoped)

describeWithServer("health of gateways that are cut off at random", () => {
  it.live(
    `is the same everywhere after they have met, in ${runs} runs`,
    () =>
      Effect.forEach(
        fc.sample(fc.array(happenings, { minLength: 10, maxLength: 40 }), { numRuns: runs }),
        play,
        { discard: true }
      ),
    30_000 * runs
  )
})
