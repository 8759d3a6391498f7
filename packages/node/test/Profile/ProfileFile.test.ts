import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { profileStoreContract, put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { eventually } from "../eventually.ts"
import { needsMount, smallDisk } from "../File/smallDisk.ts"
import { storeIn, surroundings, temporaryFolder, write } from "../temporaryState.ts"
import { key } from "./credentials.ts"

const layers = { file: ProfileFile.layer, "watching file": ProfileFile.layerWatching }
for (const [name, layer] of Object.entries(layers)) {
  profileStoreContract(name, (content) =>
    Layer.unwrapScoped(
      Effect.map(temporaryFolder, (home) => {
        if (content !== undefined) write(storeIn(home), JSON.stringify(content))
        return Layer.provide(layer, surroundings(home))
      })
    )
  )
}

const work = ProfileId.of("anthropic:work")

/** A test with a home folder of its own and the store over it. */
const withHome = <A, E>(
  test: (home: string) => Effect.Effect<A, E, ProfileStore>,
  prepare: (home: string) => void = () => {},
  layer = ProfileFile.layer
) =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    prepare(home)
    return yield* Effect.provide(test(home), Layer.provide(layer, surroundings(home)))
  })

/** The same as a process that was just started. */
const afresh = <A, E>(home: string, effect: Effect.Effect<A, E, ProfileStore>) =>
  Effect.provide(effect, Layer.fresh(Layer.provide(ProfileFile.layer, surroundings(home))))

const more = ProfileId.of("anthropic:more")
const secretIn = (document: ProfileDocument, id: ProfileId.ProfileId): string | undefined => {
  const found = document.profiles.get(id)
  return found === undefined ? undefined : Redacted.value(Credential.secret(found))
}

const readMain = Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main))
const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describe("permissions", () => {
  it.scopedLive("store and folders are the person's alone", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("k"))
        assert.deepStrictEqual(
          [mode(storeIn(home)), mode(`${home}/.clawdbot/agents/main/agent`)],
          ["600", "700"]
        )
      })
    )
  )

  it.scopedLive("a store that others could read is repaired, and that is said", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          const { notices } = yield* readMain
          assert.strictEqual(mode(storeIn(home)), "600")
          assert.include(
            notices.map(({ text }) => text).join(),
            "was readable by other users (mode 644)"
          )
        }),
      (home) => {
        write(storeIn(home), '{"version":1,"profiles":{}}')
        fs.chmodSync(storeIn(home), 0o644)
      }
    )
  )
})

describe("a broken store", () => {
  const broken = (home: string) =>
    write(
      storeIn(home),
      '{"version":1,"profiles":{"anthropic:work":{"type":"api_key","key":"sk-secret'
    )

  it.scopedLive(
    "without a good backup is an error with its place; the original stays, a copy is " +
      "kept, no secret is told",
    () =>
      withHome(
        (home) =>
          Effect.gen(function* () {
            const before = fs.readFileSync(storeIn(home), "utf8")
            const error = yield* Effect.flip(readMain)
            assert.strictEqual(error._tag, "StoreCorrupt")
            assert.notInclude(JSON.stringify(error), "sk-secret")
            assert.include(error.message, "auth-profiles.json:1:")
            assert.strictEqual(fs.readFileSync(storeIn(home), "utf8"), before)
            assert.strictEqual(
              (yield* Effect.flip(put(AgentId.main, work, key("k"))))._tag,
              "StoreCorrupt"
            )
            assert.strictEqual(fs.readFileSync(storeIn(home), "utf8"), before)
            const copies = fs
              .readdirSync(`${home}/.clawdbot/agents/main/agent`)
              .filter((name) => name.includes(".corrupt-"))
            assert.strictEqual(copies.length, 1)
          }),
        broken
      )
  )

  it.scopedLive(
    "is replaced for reading by the last good backup, which the next write restores",
    () =>
      withHome((home) =>
        Effect.gen(function* () {
          yield* put(AgentId.main, work, key("one"))
          yield* put(AgentId.main, work, key("two"))
          broken(home)
          const { document, notices } = yield* afresh(home, readMain)
          assert.strictEqual(secretIn(document, work), "one")
          assert.include(notices.map(({ text }) => text).join(), "the last good content is used")
          yield* afresh(home, put(AgentId.main, more, key("three")))
          const stored: unknown = JSON.parse(fs.readFileSync(storeIn(home), "utf8"))
          assert.deepNestedPropertyVal(stored, "profiles.anthropic:work.key", "one")
          assert.deepNestedPropertyVal(stored, "profiles.anthropic:more.key", "three")
        })
      )
  )

  it.scopedLive("a process that read what was there last does not fall back behind it", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("one"))
        yield* put(AgentId.main, work, key("two"))
        broken(home)
        assert.strictEqual(secretIn((yield* readMain).document, work), "two")
        yield* put(AgentId.main, more, key("three"))
        assert.strictEqual(secretIn((yield* afresh(home, readMain)).document, work), "two")
      })
    )
  )

  it.scopedLive("what another process stored later is newer than what this one remembers", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("one"))
        yield* Effect.forEach(["two", "three"], (text) =>
          afresh(home, put(AgentId.main, work, key(text)))
        )
        broken(home)
        assert.strictEqual(secretIn((yield* readMain).document, work), "two")
      })
    )
  )

  it.scoped("half of the reference's write is waited for under its lock, and read whole", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("one"))
        const whole =
          '{"version":1,"profiles":{"anthropic:more":{"type":"api_key","provider":"anthropic","key":"m"}}}'
        fs.mkdirSync(`${storeIn(home)}.lock`)
        fs.writeFileSync(storeIn(home), whole.slice(0, 40))
        const reading = yield* Effect.fork(readMain)
        yield* eventually(Effect.map(TestClock.sleeps(), Chunk.isNonEmpty))
        fs.writeFileSync(storeIn(home), whole)
        fs.rmdirSync(`${storeIn(home)}.lock`)
        yield* TestClock.adjust("1 second")
        const { document, notices } = yield* Fiber.join(reading)
        assert.deepStrictEqual([[...document.profiles.keys()], notices], [[more], []])
      })
    )
  )
})

describe("a disk that is full", () => {
  it.scopedLive(
    "refuses the change, keeps the store and its backups, and takes the next change when " +
      "there is room",
    (context) =>
      Effect.gen(function* () {
        const disk = yield* smallDisk(96)
        if (disk === undefined) return context.skip(needsMount)
        const { folder: home } = disk
        yield* Effect.gen(function* () {
          yield* put(AgentId.main, work, key("one"))
          yield* put(AgentId.main, work, key("two"))
          const files = () => fs.readdirSync(`${home}/.clawdbot/agents/main/agent`).sort()
          const before = [fs.readFileSync(storeIn(home), "utf8"), files()]
          for (let tries = 0; tries < 7; tries++) {
            const error = yield* Effect.flip(put(AgentId.main, more, key("x".repeat(200_000))))
            assert.strictEqual(
              error._tag === "StoreUnavailable" ? error.code : error._tag,
              "ENOSPC"
            )
          }
          assert.strictEqual(fs.readFileSync(storeIn(home), "utf8"), before[0])
          assert.includeMembers(files(), [...(before[1] ?? [])])
          yield* put(AgentId.main, more, key("three"))
          assert.strictEqual((yield* afresh(home, readMain)).document.profiles.size, 2)
        }).pipe(Effect.provide(Layer.provide(ProfileFile.layer, surroundings(home))))
      })
  )
})

describe("watching", () => {
  const watching = ProfileFile.layerWatching
  const theirs =
    '{"version":1,"profiles":{"anthropic:theirs":{"type":"api_key","provider":"anthropic","key":"t"}}}'
  /** Within a second of the test's clock, which is all that passes. */
  const until = (wanted: (document: ProfileDocument) => boolean) =>
    Effect.zipRight(
      TestClock.adjust("1 second"),
      eventually(Effect.map(readMain, ({ document }) => wanted(document)))
    )

  it.scoped("another program's change is live and told within a second", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          yield* readMain
          const told = yield* Effect.fork(
            Effect.flatMap(ProfileStore, (store) => Stream.runHead(Stream.take(store.changes, 1)))
          )
          // All that runs has come to rest: what is told from here on is heard.
          yield* TestClock.adjust(0)
          write(storeIn(home), theirs)
          yield* until((document) => document.profiles.has(ProfileId.of("anthropic:theirs")))
          assert.deepStrictEqual(yield* Fiber.join(told), Option.some(AgentId.main))
        }),
      undefined,
      watching
    )
  )

  it.scoped(
    "a store that breaks and one that became too new leave the last good content in force",
    () => {
      const warnings: Array<unknown> = []
      const heard = Logger.make(({ message }) => void warnings.push(message))
      const complaints = Effect.map(readMain, ({ notices }) => notices.length + warnings.length)
      return withHome(
        (home) =>
          Effect.gen(function* () {
            yield* put(AgentId.main, work, key("one"))
            for (const text of ["{ broken", '{"version":9,"profiles":{}}']) {
              const before = yield* complaints
              write(storeIn(home), text)
              yield* eventually(
                Effect.map(
                  Effect.zipRight(TestClock.adjust("500 millis"), complaints),
                  (now) => now > before
                )
              )
              assert.strictEqual(secretIn((yield* readMain).document, work), "one")
              assert.strictEqual(fs.readFileSync(storeIn(home), "utf8"), text)
            }
            write(storeIn(home), theirs)
            yield* until((document) => document.profiles.has(ProfileId.of("anthropic:theirs")))
          }),
        undefined,
        watching
      ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, heard)))
    }
  )

  it.scopedLive("a store that was broken from the start is usable once it was repaired", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(readMain))._tag, "StoreCorrupt")
          write(storeIn(home), theirs)
          // A change looks at once; it does not wait for the next look of the watcher.
          yield* put(AgentId.main, work, key("one"))
          assert.strictEqual((yield* readMain).document.profiles.size, 2)
        }),
      (home) => write(storeIn(home), "{ broken"),
      watching
    )
  )
})

it.scopedLive("a change sees the newest content, and its result is the caller's", () =>
  withHome(() =>
    Effect.gen(function* () {
      const store = yield* ProfileStore
      yield* put(AgentId.main, work, key("one"))
      const seen = yield* store.modify(AgentId.main, (document) =>
        Either.right({ document: undefined, result: secretIn(document, work) })
      )
      assert.strictEqual(seen, "one")
    })
  )
)

it.scopedLive("another program's change is seen, and a change on top of it loses neither", () =>
  withHome((home) =>
    Effect.gen(function* () {
      yield* put(AgentId.main, work, key("one"))
      write(
        storeIn(home),
        '{"version":1,"profiles":{"anthropic:theirs":{"type":"api_key","provider":"anthropic","key":"t"}}}'
      )
      assert.isTrue((yield* readMain).document.profiles.has(ProfileId.of("anthropic:theirs")))
      yield* put(AgentId.main, work, key("two"))
      assert.deepStrictEqual([...(yield* readMain).document.profiles.keys()].sort(), [
        "anthropic:theirs",
        "anthropic:work"
      ])
    })
  )
)
