import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { HealthDocument } from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import type { Window } from "@clawdbot/domain/Health/Window"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { healthStoreContract, limited } from "@clawdbot/testing/Health/healthStoreContract"
import { healthTrialContract } from "@clawdbot/testing/Health/healthTrialContract"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import { eventually } from "../eventually.ts"
import { surroundings, temporaryFolder, write } from "../temporaryState.ts"

for (const [name, layer] of [
  ["file", HealthFile.layer],
  ["watching file", HealthFile.layerWatching]
] as const) {
  healthStoreContract(
    name,
    Layer.unwrapScoped(
      Effect.map(temporaryFolder, (home) => Layer.provide(layer, surroundings(home)))
    )
  )
}

for (const [name, layer] of [
  ["files", HealthFile.layer],
  ["watched files", HealthFile.layerWatching]
] as const) {
  healthTrialContract(
    name,
    Effect.map(temporaryFolder, (home) => Layer.provide(layer, surroundings(home)))
  )
}

const id = ProfileId.of("anthropic:work")
const fileIn = (home: string) => `${home}/.clawdbot/agents/main/agent/auth-health.json`
const open = (home: string) => Layer.provide(HealthFile.layer, surroundings(home))
const store = HealthStore
/** After everything that the tests record. */
const now = limited.at + 1_000

/** Waits until something sleeps by the test's clock for so long from now, in ms. */
const sleeperWithin = (minMs: number, maxMs: number) =>
  eventually(
    Effect.zipWith(TestClock.sleeps(), Clock.currentTimeMillis, (sleeps, at) =>
      Chunk.some(sleeps, (until) => until - at >= minMs && until - at <= maxMs)
    )
  )
/** Waits until the writer of health files sleeps: what it wrote is on disk. */
const writerWaits = sleeperWithin(1, 200)

describe("HealthFile", () => {
  it.scopedLive("is on disk when the layer is closed, and known after a restart", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* Effect.provide(
        Effect.flatMap(store, (health) => health.record(AgentId.main, id, "mark", limited)),
        open(home)
      )
      assert.strictEqual((fs.statSync(fileIn(home)).mode & 0o777).toString(8), "600")
      const document = yield* Effect.provide(
        Effect.flatMap(store, (health) => health.read(AgentId.main)),
        open(home)
      )
      assert.strictEqual(document.profiles.get(id)?.windows.length, 1)
    })
  )

  it.scopedLive("two processes' records are both kept", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const record = (profile: string) =>
        Effect.provide(
          Effect.flatMap(store, (health) =>
            Effect.zipRight(
              health.record(AgentId.main, ProfileId.of(profile), "mark", limited),
              health.flush
            )
          ),
          Layer.fresh(open(home))
        )
      yield* Effect.all([record("a"), record("b"), record("c")], { concurrency: "unbounded" })
      const text = fs.readFileSync(fileIn(home), "utf8")
      for (const profile of ["a", "b", "c"]) assert.include(text, `"${profile}"`)
    })
  )

  it.scopedLive("a broken file stops nothing: it is put aside and nothing is known", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(fileIn(home), "{ broken")
      const document = yield* Effect.provide(
        Effect.flatMap(store, (health) => health.read(AgentId.main)),
        open(home)
      )
      assert.strictEqual(document.profiles.size, 0)
      assert.isTrue(
        fs
          .readdirSync(`${home}/.clawdbot/agents/main/agent`)
          .some((name) => name.includes(".corrupt-"))
      )
    })
  )

  const guess: Window = {
    scope: "credential",
    until: 4_102_444_800_000,
    class: "rate_limit",
    source: "usageStats",
    observedAt: 0
  }
  const beginTrial = Effect.flatMap(store, (health) =>
    health.beginTrial({
      agent: AgentId.main,
      profile: id,
      secretFingerprint: "mark",
      obstacles: [guess],
      kind: "request"
    })
  )
  const inTheWay: ReadonlyArray<readonly [string, (home: string) => void, boolean]> = [
    [
      "a state folder that takes no trial",
      (home) => write(`${home}/.clawdbot/run`, "in the way"),
      false
    ],
    [
      "an agent folder that takes no health",
      (home) => write(`${home}/.clawdbot/agents/main/agent`, "in the way"),
      false
    ],
    [
      "the lock of a dead process",
      (home) => fs.mkdirSync(`${fileIn(home)}.lock`, { recursive: true, mode: 0o700 }),
      true
    ]
  ]
  for (const [name, prepare, isWaitedFor] of inTheWay) {
    it.scoped(
      `${name}: a trial begins all the same, ${isWaitedFor ? "after two seconds" : "at once"}, ` +
        "and the next one waits",
      () =>
        Effect.gen(function* () {
          const home = yield* temporaryFolder
          yield* TestClock.setTime(now)
          prepare(home)
          yield* Effect.gen(function* () {
            const beginning = yield* Effect.fork(beginTrial)
            if (isWaitedFor) {
              yield* sleeperWithin(2_000, 2_000)
              yield* TestClock.adjust("2 seconds")
            }
            assert.strictEqual((yield* Fiber.join(beginning))._tag, "Begun")
            assert.strictEqual((yield* beginTrial)._tag, "NotDue")
            // The layer writes when it closes, and would wait for the lock.
            if (fs.existsSync(`${fileIn(home)}.lock`)) fs.rmdirSync(`${fileIn(home)}.lock`)
          }).pipe(Effect.provide(Layer.fresh(open(home))))
        })
    )
  }

  const used: HealthEvent = { _tag: "Used", at: 1_700_000_000_000 }
  const record = (profile: ProfileId.ProfileId, event: HealthEvent, agent = AgentId.main) =>
    Effect.flatMap(store, (health) => health.record(agent, profile, "mark", event))

  const succeeded = (at: number): HealthEvent => ({
    _tag: "Succeeded",
    at,
    startedAt: at,
    target: anyRequest,
    windows: []
  })

  const other = AgentId.normalize("other")
  const fileOfOther = (home: string) => `${home}/.clawdbot/agents/other/agent/auth-health.json`
  /**
   * Lets the writer of health files come round until it has written something that was recorded
   * last: what was due before is on disk then.
   */
  const writerComesRound = (home: string) =>
    Effect.gen(function* () {
      yield* writerWaits
      yield* record(id, limited, other)
      yield* TestClock.adjust("200 millis")
      yield* eventually(Effect.sync(() => fs.existsSync(fileOfOther(home))))
      yield* writerWaits
    })

  it.scoped(
    "a limit is on disk within 200 ms; a mere use, and one more success, wait for the close",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        yield* TestClock.setTime(now)
        yield* Effect.provide(
          record(ProfileId.of("good"), succeeded(1_700_000_000_000)),
          Layer.fresh(open(home))
        )
        const version = () => {
          const { ino, mtimeMs } = fs.statSync(fileIn(home))
          return `${ino} ${mtimeMs}`
        }
        const first = version()
        yield* Effect.gen(function* () {
          yield* record(ProfileId.of("good"), succeeded(1_700_000_000_001))
          yield* TestClock.adjust("400 millis")
          yield* writerComesRound(home)
          assert.strictEqual(version(), first)
          yield* record(ProfileId.of("good"), limited)
          yield* TestClock.adjust("200 millis")
          yield* eventually(Effect.sync(() => version() !== first))
          // What ends a limit is more than one more success.
          yield* writerWaits
          const second = version()
          yield* record(ProfileId.of("good"), succeeded(limited.at + 1))
          yield* TestClock.adjust("200 millis")
          yield* eventually(Effect.sync(() => version() !== second))
        }).pipe(Effect.provide(Layer.fresh(open(home))))
        fs.rmSync(fileIn(home))
        fs.rmSync(fileOfOther(home))
        yield* Effect.gen(function* () {
          yield* record(ProfileId.of("used"), used)
          yield* TestClock.adjust("400 millis")
          yield* writerComesRound(home)
          assert.isFalse(fs.existsSync(fileIn(home)))
          yield* record(id, limited)
          yield* TestClock.adjust("200 millis")
          yield* eventually(Effect.sync(() => fs.existsSync(fileIn(home))))
          yield* record(ProfileId.of("later"), used)
        }).pipe(Effect.provide(open(home)))
        assert.include(fs.readFileSync(fileIn(home), "utf8"), '"later"')
      })
  )

  it.scoped("the more credentials a file holds, the longer a mere use may wait", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* TestClock.setTime(now)
      yield* Effect.gen(function* () {
        for (let index = 0; index < 2_000; index++)
          yield* record(ProfileId.of(`anthropic:k${index}`), used)
        yield* (yield* store).flush
        const version = () => fs.statSync(fileIn(home)).ino
        const first = version()
        yield* record(ProfileId.of("anthropic:k1"), used)
        yield* TestClock.adjust("6 seconds")
        yield* writerComesRound(home)
        assert.strictEqual(version(), first)
        yield* TestClock.adjust("5 seconds")
        yield* eventually(Effect.sync(() => version() !== first))
      }).pipe(Effect.provide(open(home)))
    })
  )

  it.scoped("a burst of records costs few writes", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* TestClock.setTime(now)
      yield* Effect.gen(function* () {
        const contents = new Set<string>()
        const look = () => {
          const stat = fs.statSync(fileIn(home), { throwIfNoEntry: false })
          if (stat !== undefined) contents.add(`${stat.ino} ${stat.mtimeMs}`)
        }
        for (let round = 0; round < 40; round++) {
          yield* record(ProfileId.of(`p${round}`), limited)
          look()
          if (round % 4 === 3) yield* TestClock.adjust("40 millis")
        }
        yield* eventually(Effect.sync(() => fs.existsSync(fileIn(home))))
        look()
        assert.isAtMost(contents.size, 3)
      }).pipe(Effect.provide(open(home)))
    })
  )

  it.scoped(
    "an agent whose file cannot be written keeps no other from being written, is told once, " +
      "and is tried again",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        yield* TestClock.setTime(now)
        const folder = `${home}/.clawdbot/agents/other/agent`
        // A file where the folder should be refuses everybody, the system's administrator as well.
        write(folder, "in the way")
        const warnings: Array<string> = []
        const logger = Logger.make(({ annotations, logLevel, message }) => {
          if (logLevel._tag === "Warning")
            warnings.push(`${String(message)} ${JSON.stringify([...annotations])}`)
        })
        yield* Effect.gen(function* () {
          yield* record(id, limited, other)
          yield* record(id, limited)
          for (let tries = 0; tries < 5; tries++) {
            yield* writerWaits
            yield* TestClock.adjust("200 millis")
          }
          yield* writerWaits
          assert.strictEqual(warnings.length, 1)
          assert.include(warnings[0], "auth-health.json")
          assert.isTrue(fs.existsSync(fileIn(home)))
          // Whoever asks is told each time.
          const error = yield* Effect.flip(Effect.flatMap(store, (health) => health.flush))
          assert.strictEqual(error._tag, "HealthUnavailable")
          const document = yield* Effect.flatMap(store, (health) => health.read(other))
          assert.strictEqual(document.profiles.get(id)?.windows.length, 1)
          fs.rmSync(folder)
          yield* TestClock.adjust("30 seconds")
          yield* eventually(Effect.sync(() => fs.existsSync(fileOfOther(home))))
        }).pipe(
          Effect.provide(open(home)),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
      })
  )

  it.scoped("what another process learned is known and told within a second to who watches", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* TestClock.setTime(now)
      yield* Effect.gen(function* () {
        const health = yield* store
        assert.strictEqual((yield* health.read(AgentId.main)).profiles.size, 0)
        const told = yield* Effect.fork(Stream.runHead(health.changes))
        yield* Effect.provide(record(id, limited), Layer.fresh(open(home)))
        yield* TestClock.adjust("1 second")
        yield* eventually(
          Effect.map(health.read(AgentId.main), (document) => document.profiles.has(id))
        )
        assert.deepStrictEqual(yield* Fiber.join(told), Option.some(AgentId.main))
      }).pipe(Effect.provide(Layer.provide(HealthFile.layerWatching, surroundings(home))))
    })
  )

  it.scoped("a clock that was set back frees what it holds back, in memory and in the file", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* TestClock.setTime(now)
      const day = 86_400_000
      let ahead = 3 * day
      // What the time is jumps; how long something sleeps does not depend on it.
      const base = yield* Effect.clock
      const clock: Clock.Clock = Object.assign(Object.create(base), {
        unsafeCurrentTimeMillis: () => base.unsafeCurrentTimeMillis() + ahead,
        currentTimeMillis: Effect.sync(() => base.unsafeCurrentTimeMillis() + ahead)
      })
      const pauses = (document: HealthDocument | undefined) =>
        document?.profiles.get(id)?.windows.length
      yield* Effect.gen(function* () {
        const health = yield* store
        const at = clock.unsafeCurrentTimeMillis()
        yield* health.record(AgentId.main, id, "mark", {
          _tag: "Failed",
          at,
          startedAt: at,
          jitterMs: 0,
          ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: day },
          failure: { class: "auth", windows: [] }
        })
        yield* health.flush
        yield* TestClock.adjust("1 second")
        yield* Effect.withClock(writerWaits, base)
        assert.strictEqual(pauses(yield* health.read(AgentId.main)), 1)
        ahead = 0
        yield* TestClock.adjust("200 millis")
        yield* eventually(
          Effect.map(health.read(AgentId.main), (document) => pauses(document) === 0)
        )
        // Somebody who reads the file for the first time does not believe it either.
        const another = Layer.fresh(Layer.provide(HealthFile.layer, surroundings(home)))
        const read = yield* Effect.provide(
          Effect.flatMap(store, (file) => file.read(AgentId.main)),
          another
        )
        assert.strictEqual(pauses(read), 0)
      }).pipe(
        Effect.provide(Layer.provide(HealthFile.layerWatching, surroundings(home))),
        Effect.withClock(clock)
      )
    })
  )
})
