/** The service over this machine's files, and over keys that a program brings. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Credential } from "@clawdbot/domain/Credential"
import { Credentials } from "@clawdbot/domain/Credentials"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as MachineCredentials from "../src/MachineCredentials.ts"
import { temporaryFolder } from "./temporaryState.ts"

const model = "claude-opus-4-5"
const keys = { first: Redacted.make("key-a"), second: Redacted.make("key-b") }
const setupToken = Redacted.make(`sk-ant-oat01-${"t".repeat(95)}`)

const body = JSON.stringify({ type: "error", error: { type: "rate_limit_error", message: "no" } })
const limited = { status: 429, headers: { "retry-after": "120" }, text: body }
const good = { status: 200, headers: {}, text: "{}" }
const sending =
  (refused: ReadonlyArray<string>, sent: Array<string> = []) =>
  ({ profile }: Credential) =>
    Effect.sync(() => {
      sent.push(profile)
      if (refused.includes(profile)) return limited
      return good
    })

const chosenBy = (layer: Layer.Layer<Credentials>) =>
  Effect.flatMap(Credentials, ({ get }) => get({ model })).pipe(Effect.provide(layer))

/** A state folder with one key. */
const stateFolder = Effect.map(temporaryFolder, (folder) => {
  const agent = path.join(folder, "agents/main/agent")
  fs.mkdirSync(agent, { recursive: true })
  const key = { type: "api_key", provider: "anthropic", key: "key-of-the-file" }
  fs.writeFileSync(
    path.join(agent, "auth-profiles.json"),
    JSON.stringify({ version: 1, profiles: { "anthropic:default": key } })
  )
  return folder
})

/** Runs without a variable. */
const without = (name: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.env[name]
      delete process.env[name]
      return before
    }),
    (before) =>
      Effect.sync(() => {
        if (before !== undefined) process.env[name] = before
      })
  )

describe("layer", () => {
  it.scopedLive("gives one service over the files of a state folder, without a home", () =>
    Effect.gen(function* () {
      const stateDir = yield* stateFolder
      yield* without("HOME")
      const context = yield* Layer.build(MachineCredentials.layer({ stateDir }))
      const { profile, secret } = yield* Context.get(context, Credentials).get({ model })
      assert.strictEqual(profile, "anthropic:default")
      assert.strictEqual(Redacted.value(secret), "key-of-the-file")
    })
  )

  it.scopedLive("looks at the files with each request where it does not watch them", () =>
    Effect.gen(function* () {
      const stateDir = yield* stateFolder
      const options = { stateDir, watch: false, keepLoginsFresh: false }
      const context = yield* Layer.build(MachineCredentials.layer(options))
      const { get } = Context.get(context, Credentials)
      assert.strictEqual((yield* get({ model })).profile, "anthropic:default")
      // Nothing waits for anything between the change and the request that finds it.
      const key = { type: "api_key", provider: "anthropic", key: "another" }
      const document = JSON.stringify({ version: 1, profiles: { "anthropic:other": key } })
      fs.writeFileSync(path.join(stateDir, "agents/main/agent/auth-profiles.json"), document)
      assert.strictEqual((yield* get({ model })).profile, "anthropic:other")
      const auth = { order: { anthropic: ["anthropic:gone"] } }
      fs.writeFileSync(path.join(stateDir, "clawdbot.json"), JSON.stringify({ auth }))
      assert.strictEqual((yield* Effect.flip(get({ model })))._tag, "NoCredentials")
    })
  )

  it.scopedLive("uses no file where the config keeps credentials in a shared store", () =>
    Effect.gen(function* () {
      const stateDir = yield* stateFolder
      fs.writeFileSync(path.join(stateDir, "clawdbot.json"), '{ store: { type: "postgres" } }')
      const context = yield* Layer.build(MachineCredentials.layer({ stateDir }))
      const error = yield* Effect.flip(Context.get(context, Credentials).get({ model }))
      assert.include(error.message, "the config is invalid")
    })
  )

  it.scopedLive("fails with one error, that says what is missing, without either", () =>
    Effect.gen(function* () {
      yield* without("HOME")
      yield* without("CLAWDBOT_STATE_DIR")
      const error = yield* Effect.flip(Layer.build(MachineCredentials.layer()))
      assert.strictEqual(error._tag, "CredentialsUnavailable")
      assert.strictEqual(error.reason, "environment")
      assert.include(error.message, "HOME is not set")
    })
  )

  it.scopedLive("takes its options from a Config", () =>
    Effect.gen(function* () {
      const stateDir = yield* stateFolder
      const provider = ConfigProvider.fromMap(new Map([["CREDENTIALS_DIR", stateDir]]))
      const layer = MachineCredentials.layerConfig({ stateDir: Config.string("CREDENTIALS_DIR") })
      const context = yield* Effect.withConfigProvider(Layer.build(layer), provider)
      const { chosen } = yield* Context.get(context, Credentials).explain()
      assert.strictEqual(chosen, "anthropic:default")
    })
  )
})

describe("layerKeys", () => {
  it.effect("fails over among keys that a program brings, without a file", () =>
    Effect.gen(function* () {
      const { use } = yield* Credentials
      const sent: Array<string> = []
      const { answeredBy } = yield* use({ model }, sending(["first"], sent))
      assert.strictEqual(answeredBy, "second")
      yield* use({ model }, sending(["first"], sent))
      assert.deepStrictEqual(sent, ["first", "second", "second"])
    }).pipe(Effect.provide(MachineCredentials.layerKeys(keys)))
  )

  it.effect("uses them in the order that is given, at the address that is given", () =>
    Effect.gen(function* () {
      const order = ["second", "first"]
      const baseUrl = "https://claude.example/anthropic"
      const credential = yield* chosenBy(MachineCredentials.layerKeys(keys, { order, baseUrl }))
      assert.deepInclude(credential, { profile: "second", baseUrl })
    })
  )

  it.effect("keeps pay-per-use keys back beside a setup token, unless they are asked for", () =>
    Effect.gen(function* () {
      const mixed = { ...keys, subscription: setupToken }
      const refused = (options: MachineCredentials.KeyOptions) =>
        Effect.gen(function* () {
          const sent: Array<string> = []
          const { use } = yield* Credentials
          yield* Effect.ignore(use({ model }, sending(["subscription"], sent)))
          return sent
        }).pipe(Effect.provide(MachineCredentials.layerKeys(mixed, options)))
      assert.deepStrictEqual(yield* refused({}), ["subscription"])
      assert.deepStrictEqual(yield* refused({ payAsYouGoFallback: true }), [
        "subscription",
        "first"
      ])
      const order = ["subscription", "second"]
      assert.deepStrictEqual(yield* refused({ order }), order)
    })
  )

  it.effect("worlds of keys share nothing", () =>
    Effect.gen(function* () {
      const layer = MachineCredentials.layerKeys({ only: Redacted.make("key-a") })
      const one = Effect.flatMap(Credentials, ({ use }) => use({ model }, sending(["only"])))
      yield* Effect.flip(Effect.provide(one, layer))
      assert.strictEqual((yield* chosenBy(layer)).profile, "only")
    })
  )

  it.scopedLive("keeps cooldowns in a file that is named", () =>
    Effect.gen(function* () {
      const healthFile = path.join(yield* temporaryFolder, "health.json")
      const layer = MachineCredentials.layerKeys(keys, { healthFile })
      yield* Effect.flatMap(Credentials, ({ use }) => use({ model }, sending(["first"]))).pipe(
        Effect.provide(layer)
      )
      assert.isTrue(fs.existsSync(healthFile))
      assert.strictEqual((yield* chosenBy(layer)).profile, "second")
    })
  )
})
