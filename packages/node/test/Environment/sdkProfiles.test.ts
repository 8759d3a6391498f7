/** Profiles of the provider's SDK as a source of credentials, over its own files. */
import * as fs from "node:fs"
import * as path from "node:path"
import { Credentials } from "@clawdbot/domain/Credentials"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SdkProfiles from "../../src/Environment/sdkProfiles.ts"
import * as Disk from "../../src/File/Disk.ts"
import * as MachineCredentials from "../../src/MachineCredentials.ts"
import { eventually } from "../eventually.ts"
import { temporaryFolder } from "../temporaryState.ts"

const token = (letter: string) => `sk-ant-oat01-${letter.repeat(95)}`
const inAnHour = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1_000) + 3_600)

/** Writes a profile as the SDK does. */
const write = (
  folder: string,
  name: string,
  profile: unknown,
  credentials: unknown
): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const [kind, content] of [
      ["configs", profile],
      ["credentials", credentials]
    ] as const) {
      fs.mkdirSync(path.join(folder, kind), { recursive: true })
      fs.writeFileSync(path.join(folder, kind, `${name}.json`), JSON.stringify(content))
    }
  })

const userOauth = { authentication: { type: "user_oauth", client_id: "c" } }

/** The credentials of a state folder while the SDK's folder is `folder`. */
const machine = (folder: string, stateDir: string) =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const before = process.env.ANTHROPIC_CONFIG_DIR
        process.env.ANTHROPIC_CONFIG_DIR = folder
        return before
      }),
      (before) =>
        Effect.sync(() => {
          if (before === undefined) delete process.env.ANTHROPIC_CONFIG_DIR
          else process.env.ANTHROPIC_CONFIG_DIR = before
        })
    )
    const context = yield* Layer.build(MachineCredentials.layer({ stateDir }))
    return Context.get(context, Credentials)
  })

const named = (credentials: typeof Credentials.Service) =>
  Effect.map(
    credentials.get({ model: "claude-opus-4-5" }),
    ({ profile, secret }) => `${profile} ${Redacted.value(secret)}`
  )

describe("a profile of the provider's SDK", () => {
  it.scopedLive(
    "is used where there is no other credential, and followed when it is refreshed",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const expires_at = yield* inAnHour
        yield* write(folder, "default", userOauth, { access_token: token("a"), expires_at })
        const credentials = yield* machine(folder, yield* temporaryFolder)
        const first = yield* credentials.get()
        assert.deepStrictEqual(
          [first.profile, first.kind, first.expiresAt, Redacted.value(first.secret)],
          ["sdk:default", "token", expires_at * 1_000, token("a")]
        )
        yield* write(folder, "default", userOauth, { access_token: token("b"), expires_at })
        yield* eventually(Effect.map(named(credentials), (now) => now.endsWith(token("b"))))
      })
  )

  it.scopedLive("comes after stored credentials, and only where there are none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const stateDir = yield* temporaryFolder
      const agent = path.join(stateDir, "agents/main/agent")
      fs.mkdirSync(agent, { recursive: true })
      const key = { type: "api_key", provider: "anthropic", key: "stored" }
      const document = JSON.stringify({ version: 1, profiles: { "anthropic:default": key } })
      fs.writeFileSync(path.join(agent, "auth-profiles.json"), document)
      const expires_at = yield* inAnHour
      yield* write(folder, "default", userOauth, { access_token: token("a"), expires_at })
      const credentials = yield* machine(folder, stateDir)
      assert.strictEqual(yield* named(credentials), "anthropic:default stored")
      const { candidates, rejected } = yield* credentials.explain()
      assert.strictEqual(candidates.length, 1)
      assert.deepInclude(rejected[0], {
        profile: "sdk:default",
        reason: "held back: other credentials"
      })
    })
  )

  it.scopedLive("is refused where its token is over, missing, or for somewhere else", () =>
    Effect.gen(function* () {
      const expires_at = yield* inAnHour
      const good = { access_token: token("a"), expires_at }
      const rows = [
        [userOauth, { ...good, expires_at: 1 }, "expired"],
        [userOauth, { type: "oauth_token" }, "no secret"],
        [{ ...userOauth, workspace_id: "wrkspc_1" }, good, "no secret"],
        [{ ...userOauth, base_url: "https://gateway.example" }, good, "for another address"]
      ] as const
      for (const [profile, credentials, reason] of rows) {
        const folder = yield* temporaryFolder
        yield* write(folder, "default", profile, credentials)
        const error = yield* Effect.flip(named(yield* machine(folder, yield* temporaryFolder)))
        const [rejection] = error.explanation.rejected
        assert.deepInclude(rejection, { profile: "sdk:default", reason })
        assert.notInclude(JSON.stringify(error), token("a"))
        if (reason === "expired")
          assert.include(rejection?.cure, "let the program that keeps it sign in again")
      }
    })
  )

  it.scopedLive("is the one that is named, the active one, or the default; never a path", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const folder = path.join(home, ".config/anthropic")
      const elsewhere = path.join(home, "credentials", "elsewhere.json")
      fs.mkdirSync(path.dirname(elsewhere), { recursive: true })
      fs.writeFileSync(elsewhere, JSON.stringify({ access_token: token("e") }))
      yield* write(folder, "default", userOauth, { access_token: token("d") })
      yield* write(folder, "work", userOauth, { access_token: token("w") })
      const federation = { type: "oidc_federation", credentials_path: elsewhere }
      yield* write(folder, "ci", { authentication: federation, workspace_id: "wrkspc_1" }, {})
      const found = (variables: Readonly<Record<string, string>>) =>
        Effect.map(SdkProfiles.read(variables, home), ({ profiles }) =>
          [...profiles].map(([name, { value }]) => `${name} ${Redacted.value(value)}`)
        )
      assert.deepStrictEqual(yield* found({}), [`sdk:default ${token("d")}`])
      fs.writeFileSync(path.join(folder, "active_config"), "work\n")
      assert.deepStrictEqual(yield* found({}), [`sdk:work ${token("w")}`])
      assert.deepStrictEqual(yield* found({ ANTHROPIC_PROFILE: "ci" }), [`sdk:ci ${token("e")}`])
      for (const name of ["gone", "../elsewhere", ".."])
        assert.deepStrictEqual(yield* found({ ANTHROPIC_PROFILE: name }), [])
      assert.deepStrictEqual(yield* found({ XDG_CONFIG_HOME: path.join(home, "no") }), [])
    }).pipe(Effect.provide(Disk.layer))
  )
})
