import * as fs from "node:fs/promises"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ClaudeCodeFile from "@clawdbot/node/ClaudeCode/ClaudeCodeFile"
import type { SharedLoginOptions } from "@clawdbot/node/ClaudeCode/SharedLoginMachine"
import { scriptedSecurity } from "@clawdbot/testing/ClaudeCode/scriptedSecurity"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { temporaryFolder } from "../OAuth/fleet.ts"
import { document, layerIn, login, surroundings } from "./world.ts"

const begin = (
  items: ReadonlyArray<{ service: string; account: string; password: string }>,
  hangs = false
) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const command = `${folder}/security`
    yield* Effect.promise(() =>
      fs.writeFile(command, scriptedSecurity(folder, { hangs }), { mode: 0o755 })
    )
    yield* Effect.promise(() => fs.writeFile(`${folder}/items.json`, JSON.stringify(items)))
    const options = {
      platform: "darwin" as const,
      keychain: { command, timeoutMs: hangs ? 1_000 : 20_000 }
    }
    return {
      folder,
      options,
      layer: layerIn(folder, options),
      items: Effect.promise(async () => {
        const value: ReadonlyArray<{ account: string; password: string }> = JSON.parse(
          await fs.readFile(`${folder}/items.json`, "utf8")
        )
        return value
      }),
      arguments: Effect.promise(() => fs.readFile(`${folder}/arguments`, "utf8"))
    }
  })

const item = (account: string, value: unknown) => ({
  service: "Claude Code-credentials",
  account,
  password: JSON.stringify(value)
})

const write = Effect.scoped(
  Effect.gen(function* () {
    const held = yield* (yield* SharedLogin).hold
    yield* held.write(login("new"))
  })
)

describe("SharedLoginMachine, with the Keychain", () => {
  it.scopedLive("writes to the item's own account, over stdin", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item('a "person" here', document("old"))])
      yield* write.pipe(Effect.provide(keychain.layer))
      const items = yield* keychain.items
      assert.lengthOf(items, 1)
      assert.strictEqual(items[0]?.account, 'a "person" here')
      assert.deepStrictEqual(JSON.parse(items[0]?.password ?? ""), document("new", 2_000))
      const seen = yield* keychain.arguments
      assert.notInclude(seen, "sk-ant-")
      assert.notInclude(seen, Buffer.from("sk-ant-").toString("hex"))
    })
  )

  it.scopedLive(
    "reads the older item where there is no newer one, and the file where there is none",
    () =>
      Effect.gen(function* () {
        const older = yield* begin([{ ...item("me", document("older")), service: "Claude Code" }])
        const peek = Effect.flatMap(SharedLogin, (shared) => shared.peek)
        const theirs = Option.getOrThrow(yield* peek.pipe(Effect.provide(older.layer)))
        assert.strictEqual(
          theirs.type === "oauth" && Redacted.value(theirs.refresh),
          "sk-ant-ort01-older"
        )
        const none = yield* begin([])
        yield* Effect.promise(() => fs.mkdir(`${none.folder}/.claude`))
        yield* Effect.promise(() =>
          fs.writeFile(`${none.folder}/.claude/.credentials.json`, JSON.stringify(document("file")))
        )
        const filed = Option.getOrThrow(yield* peek.pipe(Effect.provide(none.layer)))
        assert.strictEqual(
          filed.type === "oauth" && Redacted.value(filed.refresh),
          "sk-ant-ort01-file"
        )
      })
  )

  it.scopedLive("refuses to store what would be cut", () =>
    Effect.gen(function* () {
      const long = { ...document("old"), more: "x".repeat(4_000) }
      const keychain = yield* begin([item("me", long)])
      const canTake = Effect.scoped(
        Effect.flatMap(SharedLogin, (shared) => Effect.flatMap(shared.hold, (held) => held.canTake))
      )
      const short = yield* begin([item("me", document("old"))])
      yield* canTake.pipe(Effect.provide(short.layer))
      for (const attempt of [canTake, write]) {
        const failure = yield* Effect.flip(attempt.pipe(Effect.provide(keychain.layer)))
        assert.deepInclude(failure, { operation: "write", code: "EMSGSIZE" })
      }
      assert.deepStrictEqual(JSON.parse((yield* keychain.items)[0]?.password ?? ""), long)
    })
  )

  it.scopedLive("waits for no dialog", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item("me", document("old"))], true)
      const failure = yield* Effect.flatMap(SharedLogin, (shared) => shared.peek).pipe(
        Effect.provide(keychain.layer),
        Effect.flip
      )
      assert.deepInclude(failure, { operation: "read", code: "ETIMEDOUT" })
    })
  )
})

describe("ClaudeCodeFile, with the Keychain", () => {
  const over = (keychain: { readonly folder: string; readonly options: SharedLoginOptions }) =>
    ClaudeCodeFile.layerWith(keychain.options).pipe(Layer.provide(surroundings(keychain.folder)))
  const read = Effect.flatMap(ClaudeCodeLogin, (login) => login.read)
  const look = Effect.flatMap(ClaudeCodeLogin, (login) => login.look)

  it.scopedLive("finds the login there, and looks without asking for its secret", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item("me", document("kept"))])
      assert.deepStrictEqual(yield* look.pipe(Effect.provide(over(keychain))), {
        present: true,
        place: "the macOS Keychain"
      })
      assert.notInclude(yield* keychain.arguments, "-w")
      const found = yield* read.pipe(Effect.provide(over(keychain)))
      assert.strictEqual(Redacted.value(Credential.secret(found)), "sk-ant-oat01-kept")
    })
  )

  it.scopedLive("takes the file where there is no item", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([])
      assert.isFalse((yield* look.pipe(Effect.provide(over(keychain)))).present)
      const missing = yield* Effect.flip(read.pipe(Effect.provide(over(keychain))))
      assert.strictEqual(missing.reason, "missing")
      yield* Effect.promise(() => fs.mkdir(`${keychain.folder}/.claude`))
      yield* Effect.promise(() =>
        fs.writeFile(
          `${keychain.folder}/.claude/.credentials.json`,
          JSON.stringify(document("filed"))
        )
      )
      assert.isTrue((yield* look.pipe(Effect.provide(over(keychain)))).present)
      const found = yield* read.pipe(Effect.provide(over(keychain)))
      assert.strictEqual(Redacted.value(Credential.secret(found)), "sk-ant-oat01-filed")
    })
  )

  it.scopedLive("says that it cannot be read when a dialog stays open", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item("me", document("kept"))], true)
      const failure = yield* Effect.flip(read.pipe(Effect.provide(over(keychain))))
      assert.deepInclude(failure, { place: "the macOS Keychain", reason: "not readable" })
    })
  )

  it.scopedLive("asks no Keychain on other systems", () =>
    Effect.gen(function* () {
      const keychain = yield* begin([item("me", document("kept"))])
      const elsewhere = {
        ...keychain,
        options: { ...keychain.options, platform: "linux" as const }
      }
      assert.isFalse((yield* look.pipe(Effect.provide(over(elsewhere)))).present)
      assert.strictEqual(
        yield* Effect.promise(() =>
          fs.readdir(keychain.folder).then((names) => names.includes("arguments"))
        ),
        false
      )
    })
  )
})
