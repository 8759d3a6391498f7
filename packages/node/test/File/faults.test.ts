/**
 * Whatever the disk refuses, whenever: a document is the old one or the new one, and it is said.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as FaultyDisk from "@clawdbot/testing/File/FaultyDisk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as ConfigFile from "../../src/Config/ConfigFile.ts"
import * as Disk from "../../src/File/Disk.ts"
import { durableWrite } from "../../src/File/durableWrite.ts"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { statePaths, storeIn, surroundings, temporaryFolder, write } from "../temporaryState.ts"

const codes = ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"]

/** How many calls something takes when the disk refuses none. */
const countCalls = <A, E>(run: (disk: FaultyDisk.FaultyDisk) => Effect.Effect<A, E>) => {
  const disk = FaultyDisk.make(() => undefined)
  return Effect.map(run(disk), () => disk.calls.length)
}

describe("a durable write", () => {
  it.scopedLive("leaves the old content or the new, whichever call is refused, with its code", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/file`
      const writing = (disk: FaultyDisk.FaultyDisk) =>
        Effect.either(durableWrite(file, "new content")).pipe(Effect.provide(disk.layer))
      fs.writeFileSync(file, "old")
      const calls = yield* countCalls(writing)
      assert.isAbove(calls, 9)
      for (const code of codes) {
        for (let n = 1; n <= calls; n++) {
          fs.writeFileSync(file, "old")
          const disk = FaultyDisk.make(FaultyDisk.once(n, code))
          const done = yield* writing(disk)
          const which = `${code} at call ${n}, ${disk.calls[n - 1]?.name}`
          if (Either.isLeft(done)) assert.strictEqual(done.left.code, code, which)
          const content = fs.readFileSync(file, "utf8")
          if (Either.isRight(done)) assert.strictEqual(content, "new content", which)
          assert.include(["old", "new content"], content, which)
          assert.deepStrictEqual(fs.readdirSync(folder), ["file"], which)
        }
      }
    })
  )

  it.scopedLive("leaves the old content or the new when the disk goes away in the middle", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/file`
      const writing = (disk: FaultyDisk.FaultyDisk) =>
        Effect.either(durableWrite(file, "new content")).pipe(Effect.provide(disk.layer))
      fs.writeFileSync(file, "old")
      const calls = yield* countCalls(writing)
      for (let n = 1; n <= calls; n++) {
        fs.writeFileSync(file, "old")
        const done = yield* writing(FaultyDisk.make(FaultyDisk.from(n, "EIO")))
        assert.deepStrictEqual(
          Either.mapLeft(done, ({ code }) => code),
          Either.left("EIO")
        )
        assert.include(["old", "new content"], fs.readFileSync(file, "utf8"), `from call ${n} on`)
      }
    })
  )

  it.scopedLive("has failed when the disk says so only at the end, as the file is closed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(`${folder}/file`, "old")
      const { layer } = FaultyDisk.make((_, { name, path: of }) =>
        name === "file.close" && of !== folder ? "EIO" : undefined
      )
      const failure = yield* Effect.flip(
        Effect.provide(durableWrite(`${folder}/file`, "new"), layer)
      )
      assert.deepInclude(failure, { operation: "write", code: "EIO" })
      assert.strictEqual(fs.readFileSync(`${folder}/file`, "utf8"), "old")
      assert.deepStrictEqual(fs.readdirSync(folder), ["file"])
    })
  )
})

describe("a store", () => {
  const key = (name: string): Credential.Credential => ({
    type: "api_key",
    provider: ProviderId.anthropic,
    key: Redacted.make(`secret-${name}`),
    extra: Credential.noExtra
  })
  const kept = { type: "api_key", provider: "anthropic", key: "secret-kept" }
  const before = JSON.stringify({ version: 1, profiles: { "anthropic:kept": kept } })
  const times = { staleMs: 200, heartbeatMs: 60_000, maxWaitMs: 2_000 }

  const storeOver = (home: string, disk: Layer.Layer<Disk.Disk>) =>
    ProfileFile.layerWith(times).pipe(
      Layer.provide(disk),
      Layer.provide(surroundings(home)),
      Layer.provide(Logger.remove(Logger.defaultLogger))
    )
  const adding = (home: string) => (disk: FaultyDisk.FaultyDisk) =>
    Effect.flatMap(ProfileStore, (store) =>
      store.modify(AgentId.main, (document) =>
        Either.right({
          document: ProfileDocument.set(document, ProfileId.of("anthropic:new"), key("new")),
          result: undefined
        })
      )
    ).pipe(Effect.either, Effect.provide(storeOver(home, disk.layer)))
  const profilesOf = (home: string) =>
    Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main)).pipe(
      Effect.map(({ document }) => Array.from(document.profiles.keys(), String).sort()),
      Effect.provide(storeOver(home, Disk.layer))
    )

  for (const [how, plan] of [
    ["one call is refused", FaultyDisk.once],
    ["every call from one on is refused", FaultyDisk.from]
  ] as const) {
    it.scopedLive(
      `keeps what it had, and has what was said to be stored, when ${how}`,
      () =>
        Effect.gen(function* () {
          const home = yield* temporaryFolder
          const folder = path.dirname(storeIn(home))
          write(storeIn(home), before)
          const calls = yield* countCalls(adding(home))
          assert.isAbove(calls, 30)
          for (let n = 1; n <= calls; n++) {
            fs.rmSync(folder, { recursive: true })
            write(storeIn(home), before)
            const disk = FaultyDisk.make(plan(n, "ENOSPC"))
            const done = yield* adding(home)(disk)
            const which = `call ${n}, ${disk.calls[n - 1]?.name}`
            const profiles = yield* profilesOf(home)
            assert.include(profiles, "anthropic:kept", which)
            if (Either.isRight(done)) assert.include(profiles, "anthropic:new", which)
          }
        }),
      60_000
    )
  }
})

describe("the config", () => {
  it.scopedLive("is the old one or the new one, whichever call is refused", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const file = `${home}/.clawdbot/clawdbot.json`
      const port: ConfigEdit = { _tag: "Set", path: ["gateway", "port"], value: 5 }
      const editing = (disk: FaultyDisk.FaultyDisk) =>
        Effect.flatMap(ConfigStore, (store) => store.edit(() => Either.right([port]))).pipe(
          Effect.either,
          Effect.provide(
            ConfigFile.layer.pipe(
              Layer.provide(disk.layer),
              Layer.provide(statePaths(home)),
              Layer.provide(EnvironmentMemory.layer({}))
            )
          )
        )
      const old = "{ gateway: { port: 1 } }"
      write(file, old)
      const calls = yield* countCalls(editing)
      for (let n = 1; n <= calls; n++) {
        fs.rmSync(path.dirname(file), { recursive: true })
        write(file, old)
        const disk = FaultyDisk.make(FaultyDisk.from(n, "EIO"))
        const done = yield* editing(disk)
        const content = fs.readFileSync(file, "utf8")
        const which = `from call ${n} on, ${disk.calls[n - 1]?.name}`
        assert.include([old, "{ gateway: { port: 5 } }"], content, which)
        if (Either.isRight(done)) assert.strictEqual(content, "{ gateway: { port: 5 } }", which)
      }
    })
  )
})

it("every file of this package goes through the services, but for the one that is them", () => {
  const sources = new URL("../../src/", import.meta.url).pathname
  const importers = fs
    .readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => /from "node:fs(\/promises)?"/.test(fs.readFileSync(sources + file, "utf8")))
  assert.deepStrictEqual(importers, ["File/PosixFiles.ts"])
})
