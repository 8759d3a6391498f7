/** What a gateway does about its refreshes while its store is away, and when it is there again. */
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { StoreReturns } from "@clawdbot/domain/OAuth/StoreReturns"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Database } from "../src/Database.ts"
import * as Notices from "../src/Notices.ts"
import { NoticeTasks } from "../src/noticeTasks.ts"
import * as HeldLeases from "../src/OAuth/HeldLeases.ts"
import * as RefreshLeasePostgres from "../src/OAuth/RefreshLeasePostgres.ts"
import * as StoreReturnsPostgres from "../src/OAuth/StoreReturnsPostgres.ts"
import { wallNow } from "../src/realTime.ts"
import { bareDatabase, describeWithServer, eventually, migratedStore } from "./store.ts"

/** Notices of a database that has been away for so long, in ms. */
const away = (ms: number): typeof Notices.Notices.Service => ({
  send: () => Effect.void,
  heard: () => Stream.never,
  onConnect: () => undefined,
  onLook: () => undefined,
  upFor: () => 0,
  down: () => ({ since: wallNow() - ms, totalMs: ms }),
  mayLease: () => false
})

const leased = (awayMs: number) =>
  Effect.provide(
    Effect.flatMap(RefreshLease, ({ withLease }) =>
      Effect.flip(withLease("fingerprint", () => Effect.void))
    ),
    RefreshLeasePostgres.layer.pipe(
      Layer.provide(HeldLeases.layer),
      Layer.provide(Layer.succeed(Notices.Notices, away(awayMs))),
      Layer.provide(migratedStore())
    )
  )

describe("what is due when a database is met", () => {
  it.effect("wants leases last, and not before they are given", () =>
    Effect.gen(function* () {
      const tasks = new NoticeTasks()
      const done: Array<string> = []
      for (const stage of ["leases", "health", "grants", "answers"] as const)
        tasks.addGreeting({ stage, task: stage, run: Effect.sync(() => void done.push(stage)) })
      tasks.up("one", "1")
      yield* tasks.look
      assert.deepStrictEqual(done.splice(0), ["answers", "grants", "health", "leases"])
      tasks.down()
      tasks.up("one, started anew", "1")
      yield* tasks.look
      assert.deepStrictEqual(done.splice(0), ["answers", "grants", "health", "leases"])
      tasks.down()
      tasks.up("a promoted replica", "2")
      yield* tasks.look
      assert.deepStrictEqual(done, ["answers", "grants", "health"])
    })
  )
})

describeWithServer("a refresh in a shared store that is away", () => {
  it.effect("fails at once where it is not merely started anew", () =>
    Effect.gen(function* () {
      const error = yield* leased(60_000)
      assert.instanceOf(error, LeaseUnavailable)
      assert.strictEqual(error.reason, "system")
      assert.match(error.detail, /^database: away since \d{4}-/)
    })
  )

  it.scopedLive("is resumed when the database is there again, and only then", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(
        StoreReturnsPostgres.layer.pipe(
          Layer.provideMerge(Notices.layer(undefined)),
          Layer.provideMerge(bareDatabase())
        )
      )
      const { query } = Context.get(context, Database)
      const notices = Context.get(context, Notices.Notices)
      const { onReturn } = yield* Effect.provide(StoreReturns, context)
      const runs: Array<string> = []
      let meetings = 0
      for (const name of ["first", "second"]) onReturn(Effect.sync(() => void runs.push(name)))
      const count = Effect.sync(() => {
        meetings += 1
      })
      notices.onConnect({ stage: "leases", task: "counting", run: count })
      const met = (times: number) =>
        eventually(
          Effect.sync(() => meetings),
          (n) => n >= times
        )
      yield* met(1)
      assert.deepStrictEqual(runs, [])
      yield* query(
        "select pg_terminate_backend(pid) from pg_stat_activity " +
          "where pid <> pg_backend_pid() and application_name = " +
          "current_setting('application_name')"
      )
      yield* met(2)
      assert.deepStrictEqual(runs.slice(0, 2), ["first", "second"])
      assert.isAbove(notices.down().totalMs, 0)
    })
  )
})
