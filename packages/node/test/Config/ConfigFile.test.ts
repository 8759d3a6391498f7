import { writeFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import { ConfigTexts } from "@clawdbot/testing/Config/ConfigMemory"
import { configStoreContract } from "@clawdbot/testing/Config/configStoreContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { inFolder } from "./configFileTexts.ts"

configStoreContract("ConfigFile", (setup) => inFolder(ConfigFile.layer, setup))
configStoreContract("ConfigFile, watching", (setup) => inFolder(ConfigFile.layerWatching, setup))

const port = (value: number): ConfigEdit => ({ _tag: "Set", path: ["gateway", "port"], value })
const setPort = (value: number) =>
  Effect.flatMap(ConfigStore, (store) => store.edit(() => Either.right([port(value)])))
const stat = (file: string) => Effect.promise(() => fs.lstat(file))
const read = (file: string) => Effect.promise(() => fs.readFile(file, "utf8"))

describe("writing", () => {
  it.live("keeps five backups, private ones, and makes the file private", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      for (let value = 1; value <= 7; value++) yield* setPort(value)
      assert.strictEqual(yield* read(configPath), "{ gateway: { port: 7 } }")
      for (const [suffix, value] of [
        ["", 6],
        [".1", 5],
        [".2", 4],
        [".3", 3],
        [".4", 2]
      ] as const) {
        assert.strictEqual(
          yield* read(`${configPath}.bak${suffix}`),
          `{ gateway: { port: ${value} } }`
        )
        assert.strictEqual((yield* stat(`${configPath}.bak${suffix}`)).mode & 0o777, 0o600)
      }
      assert.strictEqual((yield* stat(configPath)).mode & 0o777, 0o600)
      const left = yield* Effect.promise(() => fs.readdir(path.dirname(configPath)))
      assert.strictEqual(left.length, 6)
    }).pipe(
      Effect.provide(inFolder(ConfigFile.layer, { text: "{ gateway: { port: 0x1 } }" })),
      Effect.asVoid
    )
  )

  it.live("a symlink stays one", () =>
    Effect.gen(function* () {
      const { configPath, stateDir } = yield* StatePaths
      const real = path.join(stateDir, "dotfiles", "mine.json5")
      yield* Effect.promise(async () => {
        await fs.mkdir(path.dirname(real), { recursive: true })
        await fs.writeFile(real, "{ /* mine */ }")
        await fs.symlink("dotfiles/mine.json5", configPath)
      })
      yield* setPort(5)
      assert.isTrue((yield* stat(configPath)).isSymbolicLink())
      assert.include(yield* read(real), "/* mine */")
      assert.include(yield* read(real), "5")
      assert.strictEqual(yield* read(`${configPath}.bak`), "{ /* mine */ }")
    }).pipe(Effect.provide(inFolder(ConfigFile.layer, {})))
  )

  it.live("keeps a byte order mark and CRLF", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      yield* setPort(5)
      assert.strictEqual(yield* read(configPath), '\uFEFF{\r\n  "gateway": { "port": 5 }\r\n}\r\n')
    }).pipe(
      Effect.provide(
        inFolder(ConfigFile.layer, { text: '\uFEFF{\r\n  "gateway": { "port": 1 }\r\n}\r\n' })
      )
    )
  )

  it.live("refuses a file that is not UTF-8, and leaves its bytes", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      const bytes = Buffer.from([0x7b, 0x2f, 0x2f, 0xe9, 0x0a, 0x7d])
      yield* Effect.promise(() => fs.writeFile(configPath, bytes))
      const error = yield* Effect.flip(setPort(5))
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(error.message, "not UTF-8")
      assert.isTrue(bytes.equals(yield* Effect.promise(() => fs.readFile(configPath))))
    }).pipe(Effect.provide(inFolder(ConfigFile.layer, { text: "{}" })))
  )

  it.live("an empty file is told on reading and may be written", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      const store = yield* ConfigStore
      const error = yield* Effect.flip(store.load)
      assert.include(error.message, "the file is empty")
      yield* setPort(5)
      assert.include(yield* read(configPath), '"port": 5')
    }).pipe(Effect.provide(inFolder(ConfigFile.layer, { text: "\n" })))
  )

  it.live("a folder where the file belongs is told with the system's code", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      yield* Effect.promise(() => fs.mkdir(configPath, { recursive: true }))
      const store = yield* ConfigStore
      const error = yield* Effect.flip(store.load)
      assert.isTrue(
        error._tag === "ConfigUnavailable" && error.code === "EISDIR" && error.operation === "read"
      )
    }).pipe(Effect.provide(inFolder(ConfigFile.layer, {})))
  )

  it.live("an edit made on a text that changed meanwhile is made anew", () =>
    Effect.gen(function* () {
      const { configPath } = yield* StatePaths
      const store = yield* ConfigStore
      let runs = 0
      yield* store.edit(() => {
        runs++
        // The first time, another program that knows no lock writes while this edit is being made.
        if (runs === 1) writeNow(configPath, "{ gateway: { port: 1, mode: 'local' } }")
        return Either.right([port(9)])
      })
      assert.strictEqual(runs, 2)
      assert.strictEqual(yield* read(configPath), "{ gateway: { port: 9, mode: 'local' } }")
    }).pipe(Effect.provide(inFolder(ConfigFile.layer, { text: "{ gateway: { port: 1 } }" })))
  )
})

const writeNow = (file: string, text: string): void => writeFileSync(file, text)

describe("watching", () => {
  it.live("load answers with the last good config while the file is bad", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      const texts = yield* ConfigTexts
      const next = yield* store.changes.pipe(Stream.runHead, Effect.fork)
      yield* Effect.yieldNow()
      yield* texts.put("{ gateway: ")
      const state = yield* Fiber.join(next)
      assert.isTrue(state._tag === "Some" && Either.isLeft(state.value))
      assert.strictEqual((yield* store.load).config.gateway?.port, 7)
    }).pipe(
      Effect.provide(inFolder(ConfigFile.layerWatching, { text: "{ gateway: { port: 7 } }" }))
    )
  )

  it.live(
    "a change of an included file is live within a second, and so is one that appears later",
    () =>
      Effect.gen(function* () {
        const store = yield* ConfigStore
        const texts = yield* ConfigTexts
        const good = (wanted: number) =>
          store.changes.pipe(
            Stream.filter(
              (state) => Either.isRight(state) && state.right.config.gateway?.port === wanted
            ),
            Stream.runHead,
            Effect.timeoutFail({
              duration: "2 seconds",
              onTimeout: () => new Error(`port ${wanted} was not seen`)
            }),
            Effect.fork
          )
        const first = yield* good(2)
        yield* Effect.yieldNow()
        yield* texts.put("{ port: 2 }", "gateway.json5")
        yield* Fiber.join(first)
        const second = yield* good(3)
        yield* Effect.yieldNow()
        yield* texts.put("{ gateway: { $include: './later.json5' } }")
        yield* texts.put("{ port: 3 }", "later.json5")
        yield* Fiber.join(second)
        assert.strictEqual((yield* store.load).config.gateway?.port, 3)
      }).pipe(
        Effect.provide(
          inFolder(ConfigFile.layerWatching, {
            text: "{ gateway: { $include: './gateway.json5' } }",
            files: { "gateway.json5": "{ port: 1 }" }
          })
        )
      )
  )

  it.live("a file that vanishes is a fault, not an empty config", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      const texts = yield* ConfigTexts
      const next = yield* store.changes.pipe(Stream.runHead, Effect.fork)
      yield* Effect.yieldNow()
      yield* texts.put(undefined)
      const state = yield* Fiber.join(next)
      assert.isTrue(state._tag === "Some" && Either.isLeft(state.value))
      assert.strictEqual((yield* store.load).config.gateway?.port, 7)
    }).pipe(
      Effect.provide(inFolder(ConfigFile.layerWatching, { text: "{ gateway: { port: 7 } }" }))
    )
  )

  it.live("an edit of its own is live at once", () =>
    Effect.gen(function* () {
      yield* setPort(5)
      assert.strictEqual(
        (yield* Effect.flatMap(ConfigStore, (store) => store.load)).config.gateway?.port,
        5
      )
    }).pipe(Effect.provide(inFolder(ConfigFile.layerWatching, { text: "{}" })))
  )
})
