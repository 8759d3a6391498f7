/** Usage stays exact while connections are cut, and while the process that counts is killed. */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as LineWorker from "@clawdbot/testing/Process/lineWorker"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { clusterUrl, describeWithServer, eventually } from "./store.ts"
import { entry, makeStore, stateFolder } from "./usage.ts"
import { makeCable } from "./workers.ts"

const program = workerProgram(
  path.join(path.dirname(fileURLToPath(import.meta.url)), "usageWorker.ts")
)

describeWithServer("usage that gateways share", () => {
  it.scopedLive(
    "is exact while a hundred connections are killed",
    () =>
      Effect.gen(function* () {
        const { database, ledger, schema, stored } = yield* makeStore
        const ledgers = yield* Effect.replicateEffect(Effect.flatMap(stateFolder, ledger), 4)
        let killed = 0
        let recorded = 0
        const kill = Effect.gen(function* () {
          const rows = yield* database.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where pid <> pg_backend_pid() and application_name = '${schema}'`
          )
          killed += rows.length
        }).pipe(Effect.ignore)
        const use = Effect.forEach(
          ledgers,
          (one, index) =>
            Effect.suspend(() => {
              recorded += 5
              for (let count = 0; count < 5; count++)
                one.record(entry({ agent: `a${index % 2}`, model: `m${count}` }))
              return Effect.ignore(one.flush)
            }),
          { concurrency: "unbounded", discard: true }
        )
        while (killed < 100) yield* Effect.all([use, kill], { concurrency: 2 })
        yield* Effect.forEach(ledgers, (one) => Effect.retry(one.flush, { times: 5 }))
        assert.strictEqual(yield* stored, recorded)
      }),
    60_000
  )

  it.scopedLive(
    "is lost by a gateway that is killed without its database for no more than two seconds",
    () =>
      Effect.gen(function* () {
        const { ledger, schema, stored } = yield* makeStore
        const folder = yield* stateFolder
        const file = yield* program
        const direct = new URL(clusterUrl ?? "")
        const cable = yield* makeCable(Number(direct.port))
        const url = new URL(direct)
        url.port = String(cable.port)
        const worker = yield* LineWorker.start(file, folder, {
          url: url.href,
          schema,
          stateDir: folder
        })
        const count = (requests: number) => Effect.promise(() => worker.ask(requests))
        yield* count(10)
        yield* eventually(stored, (known) => known === 10)
        // What is under way now may be stored or not: neither is counted twice.
        yield* count(20)
        cable.cut()
        yield* count(300)
        // real time: the promise is about two seconds.
        yield* Effect.sleep("2 seconds")
        worker.kill()
        cable.mend()
        yield* ledger(folder)
        yield* eventually(stored, (known) => known >= 330)
        assert.strictEqual(yield* stored, 330)
      }),
    60_000
  )
})
