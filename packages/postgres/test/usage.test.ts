/** What gateways count together, and what becomes of it when the database fails. */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { usageLost } from "@clawdbot/domain/Metric/processMetrics"
import { cellOf, hourMs, toLine } from "@clawdbot/domain/Usage/UsageCell"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { folderOf } from "../src/Usage/UsageSpool.ts"
import { describeWithServer, eventually } from "./store.ts"
import { entry, everything, makeStore, requests, stateFolder } from "./usage.ts"

const spoolFiles = (folder: string) =>
  Effect.promise(async () => {
    const names = await fs.readdir(folderOf(folder)).catch(() => [])
    return names.filter((name) => name.endsWith(".json"))
  })

describeWithServer("usage that gateways share", () => {
  it.scopedLive("is the sum of all gateways, for each of them", () =>
    Effect.gen(function* () {
      const { ledger } = yield* makeStore
      const ledgers = yield* Effect.replicateEffect(Effect.flatMap(stateFolder, ledger), 3)
      yield* Effect.forEach(
        ledgers,
        (one) =>
          Effect.gen(function* () {
            for (let count = 0; count < 200; count++) {
              one.record(entry({ model: `m${count % 7}` }))
              if (count % 20 === 0) yield* one.flush
            }
            yield* one.flush
          }),
        { concurrency: "unbounded" }
      )
      for (const one of ledgers) assert.strictEqual(yield* requests(one), 600)
    })
  )

  it.scopedLive("reaches the database within two seconds by itself", () =>
    Effect.gen(function* () {
      const { ledger, stored } = yield* makeStore
      const one = yield* ledger(yield* stateFolder)
      // real time: the promise is about seconds.
      const begun = performance.now()
      one.record(entry())
      yield* eventually(stored, (count) => count === 1)
      // real time: the same.
      assert.isBelow(performance.now() - begun, 2_000)
    })
  )

  it.scopedLive(
    "counts a batch once that is sent again because nobody knows what became of it",
    () =>
      Effect.gen(function* () {
        const { stored, table } = yield* makeStore
        const batch = { writer: randomUUID(), seq: 1, cells: [cellOf(entry())] }
        yield* Effect.all([table.send(batch), table.send(batch)], { concurrency: 2 })
        yield* table.send({ ...batch, seq: 2 })
        yield* table.send(batch)
        assert.strictEqual(yield* stored, 2)
      })
  )

  it.scopedLive("arrives beside names and numbers that no database takes", () =>
    Effect.gen(function* () {
      const { ledger, stored, table } = yield* makeStore
      const one = yield* ledger(yield* stateFolder)
      const before = (yield* Metric.value(usageLost.metric)).count
      for (let count = 0; count < 50; count++) one.record(entry({ model: `m${count}` }))
      for (const model of ["a\0b", "\uD800", "x".repeat(10_000), "y".repeat(10_000)])
        one.record(entry({ model, profile: "p".repeat(3_000), client: "c".repeat(3_000) }))
      // An hour that no column holds: a clock at its end.
      one.record(entry({ at: 2 ** 31 * hourMs }))
      yield* one.flush
      one.record(entry())
      yield* one.flush
      assert.strictEqual(yield* stored, 55)
      assert.strictEqual((yield* Metric.value(usageLost.metric)).count - before, 1)
      const cells = yield* table.read(everything)
      assert.strictEqual(new Set(cells.map(({ model }) => model)).size, 55)
    })
  )

  it.scopedLive("is kept where the database does not take it, and stored by the next start", () =>
    Effect.gen(function* () {
      const { database, ledger, stored } = yield* makeStore
      const { query, table } = database
      const folder = yield* stateFolder
      yield* query(`alter table ${table("usage_cell")} rename to away`)
      const scope = yield* Scope.make()
      const first = yield* Scope.extend(ledger(folder), scope)
      for (let count = 0; count < 30; count++) first.record(entry())
      yield* eventually(spoolFiles(folder), (names) => names.length === 1)
      for (let count = 0; count < 12; count++) first.record(entry({ model: `m${count}` }))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* spoolFiles(folder)).length, 1)
      yield* query(`alter table ${table("away")} rename to usage_cell`)
      yield* ledger(folder)
      yield* eventually(stored, (count) => count === 42)
      yield* eventually(spoolFiles(folder), (names) => names.length === 0)
    })
  )

  it.scopedLive("is stored once by the process that was slow with it", () =>
    Effect.gen(function* () {
      const { database, ledger, stored } = yield* makeStore
      const { query, table } = database
      const folder = yield* stateFolder
      const one = yield* ledger(folder)
      yield* query(`alter table ${table("usage_cell")} rename to away`)
      for (let count = 0; count < 9; count++) {
        one.record(entry({ model: `m${count}` }))
        yield* Effect.flip(one.flush)
      }
      assert.strictEqual((yield* spoolFiles(folder)).length, 1)
      // Another gateway of the same folder waits for the first one, and takes nothing from it.
      yield* ledger(folder)
      yield* query(`alter table ${table("away")} rename to usage_cell`)
      yield* one.flush
      assert.strictEqual(yield* stored, 9)
      assert.deepStrictEqual(yield* spoolFiles(folder), [])
    })
  )

  it.scopedLive("that a killed process left counts once, whatever of it was stored before", () =>
    Effect.gen(function* () {
      const { ledger, stored, table } = yield* makeStore
      const folder = yield* stateFolder
      const [first, second] = [cellOf(entry()), cellOf(entry({ model: "other" }))]
      const writer = randomUUID()
      yield* table.send({ writer, seq: 7, cells: [first] })
      const file = path.join(folderOf(folder), `${writer}.json`)
      yield* Effect.promise(async () => {
        // A lock that nobody holds any more.
        await fs.mkdir(`${file}.lock`, { recursive: true })
        const batches = [toLine(first), `${toLine(second)}\n${toLine(first)}`]
        await fs.writeFile(file, JSON.stringify({ version: 1, writer, seq: 7, batches }))
        await fs.writeFile(path.join(folderOf(folder), `${randomUUID()}.json`), "{ cut off")
      })
      yield* ledger(folder)
      yield* eventually(stored, (count) => count === 3)
      // What cannot be read stays.
      yield* eventually(spoolFiles(folder), (names) => names.length === 1)
    })
  )

  it.scopedLive("is removed when it is older than the config says", () =>
    Effect.gen(function* () {
      const { ledger, stored, table } = yield* makeStore
      const days = (count: number) => cellOf(entry({ at: Date.now() - count * 24 * hourMs }))
      yield* table.send({ writer: randomUUID(), seq: 1, cells: [days(3), days(9), days(400)] })
      yield* ledger(yield* stateFolder, "{ gateway: { usage: { retentionDays: 7 } } }")
      yield* eventually(stored, (count) => count === 1)
    })
  )
})
