import * as fs from "node:fs"
import { givenClientToken } from "@clawdbot/domain/Client/gatewaySecret"
import * as Config from "@clawdbot/domain/Config/Config"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as GatewayTokens from "@clawdbot/http/gatewayTokens"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import * as Disk from "@clawdbot/node/File/Disk"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { home } from "../clawdbot.ts"

const config = (auth: unknown): Config.Config =>
  Either.getOrThrow(Config.decode({ gateway: { auth } }))
const shown = (tokens: GatewayTokens.GatewayTokens) => [
  Redacted.value(tokens.client),
  Redacted.value(tokens.admin)
]

/** The tokens in force, on this machine's disk. */
const load = (from: Config.Config, folder: string, environment = Environment.empty) =>
  GatewayTokens.load(from, givenClientToken(from, environment)).pipe(
    Effect.provide(AccessTokensFile.layer),
    Effect.provideService(StatePaths, { ...EnvironmentMemory.paths, stateDir: folder }),
    Effect.provide(Disk.layer)
  )

describe("the gateway's tokens", () => {
  it.scopedLive("are made once, differ, and are readable by their owner only", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const first = yield* load({}, `${folder}/state`)
      assert.deepStrictEqual(shown(yield* load({}, `${folder}/state`)), shown(first))
      const [client, admin] = shown(first)
      assert.notStrictEqual(client, admin)
      for (const token of [client, admin]) assert.match(String(token), /^cbt_[A-Za-z0-9_-]{43}$/)
      assert.strictEqual(fs.statSync(`${folder}/state/gateway-tokens.json`).mode & 0o777, 0o600)
      assert.strictEqual(fs.statSync(`${folder}/state`).mode & 0o777, 0o700)
    })
  )

  it.scopedLive("are the same for gateways that start at once", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const all = yield* Effect.all(
        Array.from({ length: 8 }, () => load({}, folder)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(all.flatMap(shown)).size, 2)
    })
  )

  it.scopedLive("of the config count first and are copied nowhere", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const file = `${folder}/gateway-tokens.json`
      const both = yield* load(
        config({ token: "client-planted", adminToken: "admin-planted" }),
        folder
      )
      assert.deepStrictEqual(shown(both), ["client-planted", "admin-planted"])
      assert.isFalse(fs.existsSync(file))
      const one = yield* load(config({ token: "client-planted" }), folder)
      assert.strictEqual(shown(one)[0], "client-planted")
      assert.notInclude(fs.readFileSync(file, "utf8"), "planted")
      const later = yield* load({}, folder)
      assert.strictEqual(shown(later)[1], shown(one)[1])
    })
  )

  it.scopedLive("of the environment count where the config has none, and are copied nowhere", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const variable = (source: Environment.VariableSource): Environment.EffectiveEnvironment => ({
        ...Environment.empty,
        variables: new Map([
          ["CLAWDBOT_GATEWAY_TOKEN", { value: Redacted.make("client-planted\n"), source }]
        ])
      })
      const given = variable({ _tag: "Process" })
      const fromVariable = yield* load({}, folder, given)
      assert.strictEqual(shown(fromVariable)[0], "client-planted")
      assert.strictEqual(fromVariable.clientFrom, "CLAWDBOT_GATEWAY_TOKEN")
      assert.notInclude(fs.readFileSync(`${folder}/gateway-tokens.json`, "utf8"), "planted")
      const both = yield* load(config({ token: "of-the-config" }), folder, given)
      assert.strictEqual(shown(both)[0], "of-the-config")
      // A cloned repository sets no token of this gateway.
      const file = { _tag: "DotEnv", file: "/repository/.env", folder: "working" } as const
      const strangers = yield* load({}, folder, variable(file))
      assert.match(String(shown(strangers)[0]), /^cbt_/)
    })
  )

  for (const text of ["not json", "[]", '{"client":7}', '{"client":""}', ""]) {
    it.scopedLive(`a file that holds ${JSON.stringify(text)} is never replaced`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const file = `${folder}/gateway-tokens.json`
        fs.writeFileSync(file, text)
        const failure = yield* Effect.flip(load({}, folder))
        assert.strictEqual(failure.code, "INVALID")
        assert.strictEqual(fs.readFileSync(file, "utf8"), text)
      })
    )
  }
})
