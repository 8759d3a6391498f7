import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { profileStoreContract, put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { storeIn, surroundings, temporaryFolder, write } from "../temporaryState.ts"

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

const key = (text: string): Credential.Credential => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(text),
  extra: Credential.noExtra
})
const work = ProfileId.of("anthropic:work")

/** A test with a home folder of its own and the store over it. */
const withHome = <A, E>(
  test: (home: string) => Effect.Effect<A, E, ProfileStore>,
  prepare: (home: string) => void = () => {}
) =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    prepare(home)
    return yield* Effect.provide(test(home), Layer.provide(ProfileFile.layer, surroundings(home)))
  })

const readMain = Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main))
const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describe("permissions", () => {
  it.scopedLive("store and folders are the person's alone", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("k"))
        assert.deepStrictEqual([mode(storeIn(home)), mode(`${home}/.clawdbot/agents/main/agent`)], ["600", "700"])
      })
    )
  )

  it.scopedLive("a store that others could read is repaired, and that is said", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          const { notices } = yield* readMain
          assert.strictEqual(mode(storeIn(home)), "600")
          assert.include(notices.join(), "could be read by others (mode 644)")
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
    write(storeIn(home), '{"version":1,"profiles":{"anthropic:work":{"type":"api_key","key":"sk-secret')

  it.scopedLive(
    "without a good generation is an error with its place; the original stays, a copy is kept, no secret is told",
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
            assert.strictEqual((yield* Effect.flip(put(AgentId.main, work, key("k"))))._tag, "StoreCorrupt")
            assert.strictEqual(fs.readFileSync(storeIn(home), "utf8"), before)
            const copies = fs
              .readdirSync(`${home}/.clawdbot/agents/main/agent`)
              .filter((name) => name.includes(".corrupt-"))
            assert.strictEqual(copies.length, 1)
          }),
        broken
      )
  )

  it.scopedLive("is replaced for reading by the last good generation, which the next write restores", () =>
    withHome((home) =>
      Effect.gen(function* () {
        yield* put(AgentId.main, work, key("one"))
        yield* put(AgentId.main, work, key("two"))
        broken(home)
        const { document, notices } = yield* readMain
        assert.strictEqual(document.profiles.size, 1)
        assert.include(notices.join(), "using the last good content")
        yield* put(AgentId.main, ProfileId.of("anthropic:more"), key("three"))
        const stored: unknown = JSON.parse(fs.readFileSync(storeIn(home), "utf8"))
        assert.hasAllKeys((stored as { profiles: object }).profiles, ["anthropic:work", "anthropic:more"])
      })
    )
  )
})

describe("stores of older versions", () => {
  const authJson = (home: string) => `${home}/.clawdbot/agents/main/agent/auth.json`
  const oauthJson = (home: string) => `${home}/.clawdbot/credentials/oauth.json`

  it.scopedLive("auth.json is taken over once (conformance 5)", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          const { document, notices } = yield* readMain
          assert.deepStrictEqual([...document.profiles.keys()], [ProfileId.of("anthropic:default")])
          assert.include(notices.join(), "took over anthropic:default")
          assert.isFalse(fs.existsSync(authJson(home)))
          assert.isTrue(fs.existsSync(`${authJson(home)}.imported`))
        }),
      (home) => write(authJson(home), '{"anthropic":{"type":"api_key","key":"k"}}')
    )
  )

  it.scopedLive("an empty new store does not stop it", () =>
    withHome(
      () => Effect.map(readMain, ({ document }) => assert.strictEqual(document.profiles.size, 1)),
      (home) => {
        write(storeIn(home), '{"version":1,"profiles":{}}')
        write(authJson(home), '{"anthropic":{"type":"api_key","key":"k"}}')
      }
    )
  )

  it.scopedLive("oauth.json keeps its extra fields, stays where it is, and is taken over once (conformance 6)", () =>
    withHome(
      (home) =>
        Effect.gen(function* () {
          const { document } = yield* readMain
          const credential = document.profiles.get(ProfileId.of("anthropic:default"))
          assert.strictEqual(credential?.type, "oauth")
          const stored = fs.readFileSync(storeIn(home), "utf8")
          assert.include(stored, '"scopes"')
          assert.isTrue(fs.existsSync(oauthJson(home)))
          const receipt = fs.readFileSync(`${oauthJson(home)}.imported`, "utf8")
          assert.notInclude(receipt, "access-secret")
        }),
      (home) =>
        write(
          oauthJson(home),
          '{"anthropic":{"access":"access-secret","refresh":"r","expires":4102444800000,"scopes":["x"]}}'
        )
    )
  )
})

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
