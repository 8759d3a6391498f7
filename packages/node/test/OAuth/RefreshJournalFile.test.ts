import { readFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import { refreshJournalContract } from "@clawdbot/testing/OAuth/refreshJournalContract"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { stateLayer } from "./state.ts"

const layer = RefreshJournalFile.layer.pipe(Layer.provideMerge(stateLayer))

refreshJournalContract("files", layer)

const nameOf = (days: number): string => `aa${days}`

/** A login that the provider ended so many days ago. */
const endedBefore = Effect.fnUntraced(function* (days: number) {
  const { stateDir } = yield* StatePaths
  const journal = yield* RefreshJournal
  const entry = { _tag: "Ended", at: 1, cause: "revoked", detail: "invalid_grant" } as const
  yield* journal.record(nameOf(days), entry)
  const at = (yield* Clock.currentTimeMillis) / 1_000 - days * 86_400
  const file = `${RefreshJournalFile.folderOf(stateDir)}/${nameOf(days)}.json`
  yield* Effect.promise(() => fs.utimes(file, at, at))
})

describe("RefreshJournalFile", () => {
  it.effect("is for its owner alone, and holds no secret once every store has it", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      const { stateDir } = yield* StatePaths
      const folder = RefreshJournalFile.folderOf(stateDir)
      yield* journal.record("aa11", {
        _tag: "Answered",
        at: 1,
        grant: { access: Redacted.make("sk-ant-oat01-a") }
      })
      const [file, directory] = yield* Effect.promise(() =>
        Promise.all([fs.stat(`${folder}/aa11.json`), fs.stat(folder)])
      )
      assert.strictEqual(file.mode & 0o777, 0o600)
      assert.strictEqual(directory.mode & 0o777, 0o700)
      yield* journal.record("aa11", { _tag: "Settled", at: 2, successor: "bb22" })
      assert.notInclude(
        yield* Effect.promise(() => fs.readFile(`${folder}/aa11.json`, "utf8")),
        "sk-ant-"
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "has an answer in its file before anything is waited for: whoever is killed in the next " +
      "moment leaves it behind",
    () =>
      Effect.gen(function* () {
        const journal = yield* RefreshJournal
        const { stateDir } = yield* StatePaths
        yield* journal.record("aa11", { _tag: "Intent", at: 1 })
        const answered = {
          _tag: "Answered",
          at: 2,
          grant: { access: Redacted.make("sk-ant-oat01-a") }
        } as const
        const recording = Effect.runFork(journal.record("aa11", answered))
        const text = readFileSync(`${RefreshJournalFile.folderOf(stateDir)}/aa11.json`, "utf8")
        assert.include(text, '"answered"')
        yield* Fiber.join(recording)
      }).pipe(Effect.provide(layer))
  )

  it.effect("takes half a file for an intent: neither used up nor untouched", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      const { stateDir } = yield* StatePaths
      const folder = RefreshJournalFile.folderOf(stateDir)
      yield* Effect.promise(() => fs.mkdir(folder, { recursive: true }))
      yield* Effect.promise(() => fs.writeFile(`${folder}/aa11.json`, '{"state":"settl'))
      assert.strictEqual(Option.getOrThrow(yield* journal.find("aa11"))._tag, "Intent")
    }).pipe(Effect.provide(layer))
  )

  it.effect("drops what is older than any refresh token lives", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      yield* endedBefore(200)
      for (let days = 0; days < 10; days++) yield* endedBefore(days)
      yield* journal.record("bb22", { _tag: "Settled", at: 1, successor: "cc33" })
      assert.isTrue(Option.isNone(yield* journal.find(nameOf(200))))
      assert.isTrue(Option.isSome(yield* journal.find(nameOf(9))))
    }).pipe(Effect.provide(layer), Effect.withClock(Clock.make()))
  )

  it.effect("forgets no token that was used up because of a clock that is ten years ahead", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      const { stateDir } = yield* StatePaths
      const ahead = 3_652
      for (let days = 0; days < 10; days++) yield* endedBefore(ahead + days)
      yield* journal.record("bb22", { _tag: "Settled", at: 1, successor: "cc33" })
      const files = yield* Effect.promise(() => fs.readdir(RefreshJournalFile.folderOf(stateDir)))
      assert.lengthOf(files, 11)
    }).pipe(Effect.provide(layer), Effect.withClock(Clock.make()))
  )

  it.effect("never leaves its folder", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      const { stateDir } = yield* StatePaths
      yield* journal.record("../../../escaped", { _tag: "Intent", at: 1 })
      const names = yield* Effect.promise(() => fs.readdir(RefreshJournalFile.folderOf(stateDir)))
      assert.deepStrictEqual(names, ["_________escaped.json"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("says why it cannot be written", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      const { stateDir } = yield* StatePaths
      yield* Effect.promise(() => fs.mkdir(stateDir, { recursive: true }))
      yield* Effect.promise(() => fs.writeFile(`${stateDir}/run`, "in the way"))
      const failure = yield* Effect.flip(journal.record("aa11", { _tag: "Intent", at: 1 }))
      assert.include(["ENOTDIR", "EEXIST"], failure.code)
    }).pipe(Effect.provide(layer))
  )
})
