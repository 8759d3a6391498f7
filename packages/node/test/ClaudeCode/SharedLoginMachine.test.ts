import * as fs from "node:fs/promises"
import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as RefreshLock from "@clawdbot/node/ClaudeCode/refreshLock"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { temporaryFolder } from "../OAuth/fleet.ts"
import { document, layerIn, login } from "./world.ts"

const quick = { staleMs: 400, heartbeatMs: 50, maxWaitMs: 1_500 }

const begin = (text: string, dir = ".claude") =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const file = `${folder}/${dir}/.credentials.json`
    yield* Effect.promise(() => fs.mkdir(`${folder}/${dir}`, { recursive: true }))
    yield* Effect.promise(() => fs.writeFile(file, text))
    return { folder, file }
  })

const write = (name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const held = yield* (yield* SharedLogin).hold
      yield* held.write(login(name))
    })
  )

const readJson = (file: string) =>
  Effect.promise(async () => {
    const value: unknown = JSON.parse(await fs.readFile(file, "utf8"))
    return value
  })

describe("SharedLoginMachine, with a file", () => {
  it("uses Claude Code's own parameters", () => {
    assert.deepInclude(RefreshLock.times, { staleMs: 60_000, heartbeatMs: 5_000 })
    assert.isAbove(RefreshLock.times.maxWaitMs, RefreshLock.times.staleMs)
  })

  it.scopedLive("replaces the tokens and nothing else, for the owner alone", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* begin(JSON.stringify(document("old")))
      yield* write("new").pipe(Effect.provide(layerIn(folder, { platform: "linux" })))
      const expected = document("new", 2_000)
      assert.deepStrictEqual(yield* readJson(file), expected)
      assert.strictEqual((yield* Effect.promise(() => fs.stat(file))).mode & 0o777, 0o600)
      assert.deepStrictEqual(
        (yield* Effect.promise(() => fs.readdir(`${folder}/.claude`))).sort(),
        [".credentials.json"]
      )
    })
  )

  it.scopedLive("keeps the layout of the text", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* begin(`${JSON.stringify(document("old"), null, 2)}\n`)
      yield* write("new").pipe(Effect.provide(layerIn(folder, { platform: "linux" })))
      const text = yield* Effect.promise(() => fs.readFile(file, "utf8"))
      assert.strictEqual(text, `${JSON.stringify(document("new", 2_000), null, 2)}\n`)
    })
  )

  it.scopedLive("sees a new login at once", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* begin(JSON.stringify({ mcpOAuth: {} }))
      yield* Effect.gen(function* () {
        const shared = yield* SharedLogin
        assert.isTrue(Option.isNone(yield* shared.peek))
        yield* Effect.promise(() => fs.writeFile(file, JSON.stringify(document("fresh"))))
        const theirs = Option.getOrThrow(yield* shared.peek)
        assert.strictEqual(
          theirs.type === "oauth" && Redacted.value(theirs.refresh),
          "sk-ant-ort01-fresh"
        )
      }).pipe(Effect.provide(layerIn(folder, { platform: "linux" })))
    })
  )

  it.scopedLive("honours CLAUDE_CONFIG_DIR", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* begin(JSON.stringify(document("old")), "elsewhere")
      yield* write("new").pipe(
        Effect.provide(
          layerIn(folder, { platform: "linux" }, { CLAUDE_CONFIG_DIR: `${folder}/elsewhere` })
        )
      )
      assert.deepStrictEqual(yield* readJson(file), document("new", 2_000))
    })
  )

  it.scopedLive("makes up no login, no file and no folder", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* write("new").pipe(Effect.provide(layerIn(folder, { platform: "linux" })))
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(folder)), [])
      const other = yield* begin("{}")
      const failure = yield* Effect.flip(
        write("new").pipe(Effect.provide(layerIn(other.folder, { platform: "linux" })))
      )
      assert.deepInclude(failure, { operation: "write", code: "no login in it" })
      const broken = yield* begin('{"claudeAiOauth": sk-ant-ort01-planted')
      const fault = yield* Effect.flip(
        write("new").pipe(Effect.provide(layerIn(broken.folder, { platform: "linux" })))
      )
      assert.notInclude(`${fault.message}${JSON.stringify(fault)}`, "planted")
    })
  )

  it.scopedLive("holds both of Claude Code's locks while it writes, and waits for them", () =>
    Effect.gen(function* () {
      const { folder } = yield* begin(JSON.stringify(document("old")))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* (yield* SharedLogin).hold
          for (const lock of [`${folder}/.claude/.oauth_refresh.lock`, `${folder}/.claude.lock`]) {
            assert.isTrue((yield* Effect.promise(() => fs.stat(lock))).isDirectory())
          }
        })
      ).pipe(Effect.provide(layerIn(folder, { platform: "linux" })))
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(folder)), [".claude"])

      const lock = `${folder}/.claude/.oauth_refresh.lock`
      yield* Effect.promise(() => fs.mkdir(lock))
      const beats = yield* Effect.fork(
        Effect.forever(
          Effect.zipRight(
            // real time: plays another program, which moves its lock now and then.
            Effect.sleep("50 millis"),
            Effect.promise(() => fs.utimes(lock, new Date(), new Date()))
          )
        )
      )
      const busy = yield* Effect.flip(
        write("new").pipe(Effect.provide(layerIn(folder, { platform: "linux", lockTimes: quick })))
      )
      assert.deepInclude(busy, { operation: "lock", code: "busy" })
      yield* beats.interruptAsFork(beats.id())
    })
  )

  it.scopedLive("goes past a lock whose holder is gone, dated in the future or not", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* begin(JSON.stringify(document("old")))
      const lock = `${folder}/.claude/.oauth_refresh.lock`
      yield* Effect.promise(() => fs.mkdir(lock))
      yield* Effect.promise(() => fs.utimes(lock, 4_000_000_000, 4_000_000_000))
      yield* write("new").pipe(
        Effect.provide(layerIn(folder, { platform: "linux", lockTimes: quick }))
      )
      assert.deepStrictEqual(yield* readJson(file), document("new", 2_000))
    })
  )
})
