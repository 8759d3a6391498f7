import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { hourMs, merged, type UsageEntry } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { usageLedgerContract } from "@clawdbot/testing/Usage/usageLedgerContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../../src/File/Disk.ts"
import * as UsageFiles from "../../src/Usage/UsageFiles.ts"
import { eventually } from "../eventually.ts"

const stateFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-usage-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

const ledgerIn = (stateDir: string, config = "{}") =>
  UsageFiles.layer.pipe(
    Layer.provide(ConfigMemory.layer(config)),
    Layer.provideMerge(EnvironmentMemory.pathsLayer({ stateDir })),
    Layer.provide(EnvironmentMemory.layer()),
    Layer.provide(Disk.layer)
  )

const entry = (at: number): UsageEntry => ({
  at,
  agent: "main",
  profile: "anthropic:a",
  model: "m",
  client: "",
  ttl: "",
  usage: { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5, cacheWriteOther: 6 }
})

/** Recent enough to be kept. */
const recently = Date.now() - 48 * hourMs

const everything = { since: 0, until: 4_102_444_800_000 }
const day = (at: number) => `${new Date(at).toISOString().slice(0, 10)}.jsonl`
const requests = Effect.map(
  Effect.flatMap(UsageLedger, (ledger) => ledger.cells(everything)),
  (cells) => merged(cells).reduce((sum, cell) => sum + cell.requests, 0)
)

const until = (holds: () => Promise<boolean>) => eventually(Effect.promise(holds))

describe("UsageFiles", () => {
  usageLedgerContract(() =>
    Layer.unwrapScoped(Effect.map(stateFolder, (folder) => ledgerIn(folder)))
  )

  it.scopedLive(
    "ledgers side by side lose nothing, the end of each included, in files for the person alone",
    () =>
      Effect.gen(function* () {
        const folder = yield* stateFolder
        const at = recently
        const one = Effect.gen(function* () {
          const ledger = yield* UsageLedger
          for (let index = 0; index < 200; index++) {
            ledger.record(entry(at))
            if (index % 10 === 0) yield* ledger.flush
          }
        }).pipe(Effect.provide(ledgerIn(folder)))
        yield* Effect.all(
          Array.from({ length: 8 }, () => one),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* Effect.provide(requests, ledgerIn(folder)), 1600)
        const stat = yield* Effect.promise(() => fs.stat(path.join(folder, "usage", day(at))))
        assert.strictEqual(stat.mode & 0o777, 0o600)
      })
  )

  it.scopedLive("a line that a crash cut off costs that line only", () =>
    Effect.gen(function* () {
      const folder = yield* stateFolder
      const at = recently
      const record = Effect.flatMap(UsageLedger, (ledger) =>
        Effect.zipRight(
          Effect.sync(() => ledger.record(entry(at))),
          ledger.flush
        )
      )
      yield* Effect.provide(record, ledgerIn(folder))
      const file = path.join(folder, "usage", day(at))
      yield* Effect.promise(() => fs.appendFile(file, '{"h":494444,"a":"ma'))
      yield* Effect.provide(record, ledgerIn(folder))
      assert.strictEqual(yield* Effect.provide(requests, ledgerIn(folder)), 2)
    })
  )

  it.scopedLive("a line of a newer version stays when its day is tidied", () =>
    Effect.gen(function* () {
      const folder = yield* stateFolder
      const at = Date.now() - 72 * hourMs
      const write = Effect.gen(function* () {
        const ledger = yield* UsageLedger
        for (let times = 0; times < 3; times++) {
          ledger.record(entry(at))
          yield* ledger.flush
        }
      })
      yield* Effect.provide(write, ledgerIn(folder))
      const file = path.join(folder, "usage", day(at))
      const lines = Effect.promise(() => fs.readFile(file, "utf8")).pipe(
        Effect.map((text) => text.trim().split("\n"))
      )
      const [known = ""] = yield* lines
      // One that says more than this version knows, and one of another kind.
      const newer = [known.replace("{", '{"w":"a workspace",'), '{"kind":"cost","usd":1}']
      yield* Effect.promise(() => fs.appendFile(file, `${newer.join("\n")}\n`))
      yield* Effect.provide(
        until(() => Effect.runPromise(Effect.map(lines, (all) => all.length === 3))),
        ledgerIn(folder)
      )
      assert.deepStrictEqual((yield* lines).slice(1), newer)
      assert.strictEqual(yield* Effect.provide(requests, ledgerIn(folder)), 4)
    })
  )

  it.scopedLive(
    "a line that a power cut left as zeros or half a character costs that line only",
    () =>
      Effect.gen(function* () {
        const folder = yield* stateFolder
        const at = recently
        const record = Effect.flatMap(UsageLedger, (ledger) =>
          Effect.zipRight(
            Effect.sync(() => ledger.record(entry(at))),
            ledger.flush
          )
        )
        const file = path.join(folder, "usage", day(at))
        yield* Effect.promise(() => fs.mkdir(path.dirname(file), { recursive: true }))
        yield* Effect.promise(() => fs.writeFile(file, Buffer.alloc(64)))
        yield* Effect.provide(record, ledgerIn(folder))
        yield* Effect.promise(() =>
          fs.appendFile(file, Buffer.concat([Buffer.from('{"m":"'), Buffer.from([0xe2, 0x82])]))
        )
        yield* Effect.provide(record, ledgerIn(folder))
        assert.strictEqual(yield* Effect.provide(requests, ledgerIn(folder)), 2)
      })
  )

  it.scopedLive("a clock that is ten years ahead removes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* stateFolder
      const now = Date.now()
      const past = [1, 2, 3, 30, 80].map((days) => now - (3_652 + days) * 24 * hourMs)
      yield* Effect.gen(function* () {
        const ledger = yield* UsageLedger
        for (const at of past) ledger.record(entry(at))
        ledger.record(entry(now))
        yield* ledger.flush
      }).pipe(Effect.provide(ledgerIn(folder, "{ gateway: { usage: { retentionDays: 36500 } } }")))
      yield* Effect.gen(function* () {
        const ledger = yield* UsageLedger
        ledger.record(entry(now))
        yield* ledger.flush
        // real time: the first look at old days begins with the ledger; nothing tells its end.
        yield* Effect.sleep("300 millis")
      }).pipe(Effect.provide(ledgerIn(folder)))
      const files = yield* Effect.promise(() => fs.readdir(path.join(folder, "usage")))
      for (const at of [...past, now]) assert.include(files, day(at))
    })
  )

  it.scopedLive("what cannot be written is kept and written later", () =>
    Effect.gen(function* () {
      const folder = yield* stateFolder
      yield* Effect.promise(() => fs.writeFile(path.join(folder, "usage"), "in the way"))
      yield* Effect.gen(function* () {
        const ledger = yield* UsageLedger
        ledger.record(entry(recently))
        const failure = yield* Effect.flip(ledger.flush)
        assert.strictEqual(failure._tag, "UsageUnavailable")
        yield* Effect.promise(() => fs.rm(path.join(folder, "usage")))
        yield* ledger.flush
        assert.strictEqual(yield* requests, 1)
      }).pipe(Effect.provide(ledgerIn(folder)))
    })
  )

  it.scopedLive("days that are over say the same in fewer lines, and old ones are removed", () =>
    Effect.gen(function* () {
      const folder = yield* stateFolder
      const now = Date.now()
      const [recent, old] = [now - 72 * hourMs, now - 11 * 24 * hourMs]
      const write = Effect.gen(function* () {
        const ledger = yield* UsageLedger
        for (const at of [recent, recent, recent, old]) {
          ledger.record(entry(at))
          yield* ledger.flush
        }
      })
      yield* Effect.provide(write, ledgerIn(folder))
      const lines = (at: number) =>
        fs
          .readFile(path.join(folder, "usage", day(at)), "utf8")
          .then((text) => text.trim().split("\n").length)
      assert.strictEqual(yield* Effect.promise(() => lines(recent)), 3)
      yield* Effect.gen(function* () {
        yield* until(() => lines(recent).then((count) => count === 1))
        yield* until(() =>
          fs.access(path.join(folder, "usage", day(old))).then(
            () => false,
            () => true
          )
        )
        assert.strictEqual(yield* requests, 3)
      }).pipe(Effect.provide(ledgerIn(folder, "{ gateway: { usage: { retentionDays: 7 } } }")))
    })
  )
})
