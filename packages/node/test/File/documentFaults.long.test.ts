/**
 * Every document that is learned while requests are served, over a disk that refuses: whatever was
 * there stays, nothing is half-written, and the refusal is said with its code and its cure.
 */
import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { hourMs } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as FaultyDisk from "@clawdbot/testing/File/FaultyDisk"
import { limited } from "@clawdbot/testing/Health/healthStoreContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as ResourcePinsFile from "../../src/Auth/ResourcePinsFile.ts"
import * as Disk from "../../src/File/Disk.ts"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import * as RefreshJournalFile from "../../src/OAuth/RefreshJournalFile.ts"
import * as UsageFiles from "../../src/Usage/UsageFiles.ts"
import { statePaths, temporaryFolder } from "../temporaryState.ts"

const codes = ["ENOSPC", "EIO", "EROFS"] as const

/** Each document is given an old thing first, and then a new one over the disk that refuses. */
const names = ["old", "new"] as const
type Name = (typeof names)[number]

/** A refusal as the document's port says it; pins have none, and say it in the log. */
type Refused = FileProblem.Refused | "logged"

interface Document {
  readonly name: string
  /** Writes one thing, and says whether it is on disk. */
  readonly add: (
    thing: Name,
    home: string,
    disk: Layer.Layer<Disk.Disk>
  ) => Effect.Effect<void, Refused>
  /** What a process that starts now finds. */
  readonly read: (home: string) => Effect.Effect<ReadonlyArray<Name>, unknown>
}

const around = (home: string, disk: Layer.Layer<Disk.Disk>) =>
  ConfigMemory.layer("{}").pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        EnvironmentMemory.layer({}),
        statePaths(home),
        disk,
        Logger.remove(Logger.defaultLogger)
      )
    )
  )

/** Recent enough to be kept. */
const recently = Date.now() - 2 * hourMs

const health: Document = {
  name: "health",
  add: (thing, home, disk) =>
    Effect.flatMap(HealthStore, ({ flush, record }) =>
      Effect.zipRight(record(AgentId.main, ProfileId.of(thing), "mark", limited), flush)
    ).pipe(Effect.provide(Layer.provide(HealthFile.layer, around(home, disk)))),
  read: (home) =>
    Effect.flatMap(HealthStore, ({ read }) => read(AgentId.main)).pipe(
      Effect.map(({ profiles }) => names.filter((name) => profiles.has(ProfileId.of(name)))),
      Effect.provide(Layer.provide(HealthFile.layer, around(home, Disk.layer)))
    )
}

const usage: Document = {
  name: "the usage ledger",
  add: (thing, home, disk) =>
    Effect.flatMap(UsageLedger, ({ flush, record }) =>
      Effect.zipRight(
        Effect.sync(() =>
          record({
            at: recently,
            agent: "main",
            profile: thing,
            model: "m",
            client: "",
            ttl: "",
            usage: {
              input: 1,
              output: 2,
              cacheRead: 3,
              cacheWrite5m: 4,
              cacheWrite1h: 5,
              cacheWriteOther: 6
            }
          })
        ),
        flush
      )
    ).pipe(Effect.provide(Layer.provide(UsageFiles.layer, around(home, disk)))),
  read: (home) =>
    Effect.flatMap(UsageLedger, (ledger) =>
      ledger.cells({ since: 0, until: 4_102_444_800_000 })
    ).pipe(
      Effect.map((cells) =>
        names.filter((name) =>
          cells.some(({ profile, requests }) => profile === name && requests > 0)
        )
      ),
      Effect.provide(Layer.provide(UsageFiles.layer, around(home, Disk.layer)))
    )
}

const journal: Document = {
  name: "the refresh journal",
  add: (thing, home, disk) =>
    Effect.flatMap(RefreshJournal, ({ record }) =>
      record(thing, { _tag: "Settled", at: 3, successor: "0123456789abcdef" })
    ).pipe(Effect.provide(Layer.provide(RefreshJournalFile.layer, around(home, disk)))),
  read: (home) =>
    Effect.flatMap(RefreshJournal, ({ find }) =>
      Effect.filter(names, (name) =>
        Effect.map(find(name), (found) => Option.getOrUndefined(found)?._tag === "Settled")
      )
    ).pipe(Effect.provide(Layer.provide(RefreshJournalFile.layer, around(home, Disk.layer))))
}

const pins: Document = {
  name: "pins",
  add: (thing, home, disk) =>
    Effect.suspend(() => {
      let said = false
      const logger = Logger.make(() => {
        said = true
      })
      const profile = ProfileId.of("anthropic:a")
      return Effect.flatMap(ResourcePins, (table) =>
        Effect.sync(() => table.note({ agent: AgentId.main, kind: "file", id: thing, profile }, 0))
      ).pipe(
        Effect.provide(Layer.provide(ResourcePinsFile.layer, around(home, disk))),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.zipRight(Effect.suspend(() => (said ? Effect.fail("logged" as const) : Effect.void)))
      )
    }),
  read: (home) =>
    Effect.flatMap(ResourcePins, (table) =>
      Effect.sync(() => names.filter((name) => table.find(AgentId.main, name) !== undefined))
    ).pipe(Effect.provide(Layer.provide(ResourcePinsFile.layer, around(home, Disk.layer))))
}

for (const { add, name, read } of [health, usage, journal, pins])
  describe(name, () => {
    const walk = (plan: (at: number, code: string) => FaultyDisk.Plan) =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        const state = `${home}/.clawdbot`
        const counting = FaultyDisk.make(() => undefined)
        yield* add("old", home, Disk.layer)
        yield* add("new", home, counting.layer)
        assert.deepStrictEqual(yield* read(home), names)
        const calls = counting.calls.length
        assert.isAbove(calls, 3)
        let refusals = 0
        for (let n = 1; n <= calls; n++) {
          const code = codes[n % codes.length] ?? "EIO"
          fs.rmSync(state, { recursive: true })
          yield* add("old", home, Disk.layer)
          const disk = FaultyDisk.make(plan(n, code))
          const done = yield* Effect.either(add("new", home, disk.layer))
          const which = `${code} at call ${n} of ${calls}, ${disk.calls[n - 1]?.name}`
          const found = yield* read(home)
          assert.include(found, "old", which)
          if (Either.isRight(done)) assert.include(found, "new", which)
          else refusals += 1
          if (Either.isLeft(done) && done.left !== "logged") {
            // A lock that cannot be looked at before the write counts as lost.
            assert.include([code, "ESTALE"], done.left.code, which)
            assert.match(FileProblem.cure(done.left), /disk|mount|try again/, which)
          }
          // Whatever was left behind stands in nobody's way; a dead lock does for 30 s, which
          // `FolderLock.test.ts` waits for.
          for (const file of fs.readdirSync(state, { recursive: true, encoding: "utf8" }))
            if (file.endsWith(".lock")) fs.rmSync(`${state}/${file}`, { recursive: true })
          yield* add("new", home, Disk.layer)
          assert.include(yield* read(home), "new", which)
        }
        assert.isAbove(refusals, 0)
      })

    it.scopedLive("keeps what it had, and says so, when one call is refused", () =>
      walk(FaultyDisk.once)
    )
    it.scopedLive("keeps what it had, and says so, when the disk goes away in the middle", () =>
      walk(FaultyDisk.from)
    )
  })
