import * as fs from "node:fs"
import * as path from "node:path"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as FolderLock from "../../src/File/FolderLock.ts"
import { eventually, ioTurn } from "../eventually.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"

const quick: FolderLock.FolderLockTimes = { staleMs: 200, heartbeatMs: 50, maxWaitMs: 2_000 }

describe("FolderLock", () => {
  onDisk.scopedLive("is the reference's folder, and gone when the scope closes", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      yield* Effect.scoped(
        Effect.gen(function* () {
          const lock = yield* FolderLock.hold(file, quick)
          assert.isTrue(fs.statSync(`${file}.lock`).isDirectory())
          yield* lock.stillMine
        })
      )
      assert.isFalse(fs.existsSync(`${file}.lock`))
    })
  )

  onDisk.scopedLive("one holder at a time", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      let inside = 0
      let most = 0
      const critical = Effect.scoped(
        Effect.gen(function* () {
          yield* FolderLock.hold(file, { ...quick, maxWaitMs: 20_000 })
          inside += 1
          most = Math.max(most, inside)
          yield* ioTurn
          inside -= 1
        })
      )
      yield* Effect.all(
        Array.from({ length: 20 }, () => critical),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(most, 1)
    })
  )

  onDisk.scopedLive("a living holder is waited for, then the wait ends with an error", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      const holder = yield* Effect.fork(
        Effect.scoped(Effect.zipRight(FolderLock.hold(file, quick), Effect.never))
      )
      yield* eventually(Effect.sync(() => fs.existsSync(`${file}.lock`)))
      const error = yield* Effect.flip(
        Effect.scoped(FolderLock.hold(file, { ...quick, maxWaitMs: 600 }))
      )
      assert.strictEqual(error.code, "ETIMEDOUT")
      // Also through a link: the lock to be removed is beside the real file.
      const link = `${yield* temporaryFolder}/link.json`
      fs.symlinkSync(file, link)
      const again = yield* Effect.flip(
        Effect.scoped(FolderLock.hold(link, { ...quick, maxWaitMs: 100 }))
      )
      assert.include(FileProblem.cure(again), `rmdir ${fs.realpathSync(path.dirname(file))}/`)
      yield* Fiber.interrupt(holder)
      yield* Effect.scoped(FolderLock.hold(file, quick))
    })
  )

  for (const [name, date] of [
    ["orphaned", 0],
    ["dated in the future", 4_102_444_800]
  ] as const) {
    onDisk.scopedLive(
      `a lock that is ${name} is taken over once it has not moved for long enough`,
      () =>
        Effect.gen(function* () {
          const file = `${yield* temporaryFolder}/store.json`
          fs.mkdirSync(`${file}.lock`)
          fs.utimesSync(`${file}.lock`, date, date)
          yield* Effect.scoped(
            Effect.flatMap(FolderLock.hold(file, quick), (lock) => lock.stillMine)
          )
          assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), [])
        })
    )
  }

  onDisk.scopedLive(
    "a lock that somebody else took meanwhile is noticed before the write, and left to them",
    () =>
      Effect.gen(function* () {
        const file = `${yield* temporaryFolder}/store.json`
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lock = yield* FolderLock.hold(file, { ...quick, heartbeatMs: 60_000 })
            fs.rmdirSync(lock.lockPath)
            fs.mkdirSync(lock.lockPath)
            fs.utimesSync(lock.lockPath, 5, 5)
            assert.strictEqual((yield* Effect.flip(lock.stillMine)).code, "ESTALE")
          })
        )
        assert.isTrue(fs.existsSync(`${file}.lock`))
      })
  )

  onDisk.scopedLive(
    "is always gone after the scope, also when that closes in the middle of a heartbeat",
    () =>
      Effect.gen(function* () {
        const file = `${yield* temporaryFolder}/store.json`
        for (let round = 0; round < 60; round++) {
          yield* Effect.scoped(
            Effect.zipRight(
              FolderLock.hold(file, { ...quick, heartbeatMs: 1 }),
              Effect.repeatN(ioTurn, 4 * (round % 7))
            )
          )
          assert.isFalse(fs.existsSync(`${file}.lock`), `left behind in round ${round}`)
        }
      })
  )

  onDisk.scopedLive("a link that leads nowhere is no lock, and is taken away at once", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      for (const target of [`${file}.nothing`, `${file}.lock`, "/proc/self/none"]) {
        fs.symlinkSync(target, `${file}.lock`)
        // Sooner than anything is stale.
        yield* Effect.scoped(
          FolderLock.hold(file, { ...FolderLock.standardTimes, maxWaitMs: 5_000 })
        )
        assert.isUndefined(fs.lstatSync(`${file}.lock`, { throwIfNoEntry: false }))
      }
      assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), [])
    })
  )

  onDisk.scopedLive(
    "a link to a lock that moves is waited for; to one that does not, it is stale",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const file = `${folder}/store.json`
        fs.mkdirSync(`${folder}/elsewhere`)
        fs.symlinkSync(`${folder}/elsewhere`, `${file}.lock`)
        yield* Effect.scoped(FolderLock.hold(file, quick))
        // What the link led to was somebody's folder, and is still there.
        assert.deepStrictEqual(fs.readdirSync(folder), ["elsewhere"])
      })
  )

  onDisk.scoped("who waits can be interrupted, and leaves the holder's lock alone", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      fs.mkdirSync(`${file}.lock`)
      const waiter = yield* Effect.fork(Effect.scoped(FolderLock.hold(file)))
      // By the clock of the test it sleeps between two looks until somebody moves the clock.
      yield* eventually(Effect.map(TestClock.sleeps(), Chunk.isNonEmpty))
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(waiter)))
      assert.isTrue(fs.existsSync(`${file}.lock`))
    })
  )

  onDisk.scopedLive(
    "a link and its target are one lock, whether the target exists yet or not",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.mkdirSync(`${folder}/real`)
        fs.symlinkSync("real/store.json", `${folder}/store.json`)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lock = yield* FolderLock.hold(`${folder}/store.json`, quick)
            assert.strictEqual(lock.lockPath, `${lock.target}.lock`)
            assert.isTrue(fs.existsSync(`${folder}/real/store.json.lock`))
          })
        )
      })
  )
})
