import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { storeIn, surroundings, temporaryFolder, write } from "../temporaryState.ts"
import { key } from "./credentials.ts"

const authJson = (home: string) => `${home}/.clawdbot/agents/main/agent/auth.json`
const oauthJson = (home: string) => `${home}/.clawdbot/credentials/oauth.json`
const apiKey = '{"anthropic":{"type":"api_key","key":"k"}}'
const login =
  '{"anthropic":{"access":"access-secret","refresh":"refresh-secret","expires":4102444800000,"scopes":["x"]}}'

/** Reads a store in a process of its own, so to say: nothing is remembered from the read before. */
const read = (home: string, agent = AgentId.main) =>
  Effect.flatMap(ProfileStore, (store) => store.read(agent)).pipe(
    Effect.provide(Layer.fresh(Layer.provide(ProfileFile.layer, surroundings(home))))
  )
const emptied = (home: string) => fs.writeFileSync(storeIn(home), '{"version":1,"profiles":{}}')
const ids = (home: string) =>
  Effect.map(read(home), ({ document }) => [...document.profiles.keys()])

describe("stores of older versions", () => {
  it.scopedLive("auth.json is taken over once, and renamed", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(authJson(home), apiKey)
      const { document, notices } = yield* read(home)
      assert.deepStrictEqual([...document.profiles.keys()], [ProfileId.of("anthropic:default")])
      assert.include(notices.map(({ text }) => text).join(), "imported anthropic:default")
      assert.isFalse(fs.existsSync(authJson(home)))
      assert.strictEqual(fs.readFileSync(`${authJson(home)}.imported`, "utf8"), apiKey)
      emptied(home)
      assert.deepStrictEqual(yield* ids(home), [])
    })
  )

  it.scopedLive("a second auth.json does not replace the first one's remains", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(`${authJson(home)}.imported`, "first")
      write(authJson(home), apiKey)
      yield* read(home)
      assert.strictEqual(fs.readFileSync(`${authJson(home)}.imported`, "utf8"), "first")
      const remains = fs
        .readdirSync(`${home}/.clawdbot/agents/main/agent`)
        .filter((name) => name.startsWith("auth.json"))
      assert.strictEqual(remains.length, 2)
    })
  )

  it.scopedLive("an empty new store does not stop it, one with profiles does", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(storeIn(home), '{"version":1,"profiles":{}}')
      write(authJson(home), apiKey)
      assert.deepStrictEqual(yield* ids(home), [ProfileId.of("anthropic:default")])
      write(authJson(home), '{"openai":{"type":"api_key","key":"o"}}')
      assert.deepStrictEqual(yield* ids(home), [ProfileId.of("anthropic:default")])
      assert.isTrue(fs.existsSync(authJson(home)))
    })
  )

  it.scopedLive("a broken one stays where it is and stops nothing", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(authJson(home), "{ broken")
      assert.deepStrictEqual(yield* ids(home), [])
      assert.strictEqual(fs.readFileSync(authJson(home), "utf8"), "{ broken")
      assert.isFalse(fs.existsSync(storeIn(home)))
    })
  )

  it.scopedLive("a first change takes it over before the change", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(authJson(home), apiKey)
      yield* Effect.provide(
        put(AgentId.main, ProfileId.of("anthropic:new"), key("n")),
        Layer.provide(ProfileFile.layer, surroundings(home))
      )
      assert.deepStrictEqual([...(yield* ids(home))].sort(), ["anthropic:default", "anthropic:new"])
    })
  )

  it.scopedLive(
    "oauth.json keeps its extra fields and its place, leaves a receipt without secrets, and " +
      "is taken over once",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        write(oauthJson(home), login)
        const credential = (yield* read(home)).document.profiles.get(
          ProfileId.of("anthropic:default")
        )
        assert.strictEqual(credential?.type, "oauth")
        assert.include(fs.readFileSync(storeIn(home), "utf8"), '"scopes"')
        assert.strictEqual(fs.readFileSync(oauthJson(home), "utf8"), login)
        const receipt = fs.readFileSync(`${oauthJson(home)}.imported`, "utf8")
        assert.notMatch(receipt, /access-secret|refresh-secret/)
        const { importedAt, profiles } = JSON.parse(receipt)
        assert.closeTo(importedAt, Date.now(), 60_000)
        assert.deepStrictEqual(profiles, {
          "anthropic:default":
            credential === undefined ? "" : Credential.secretFingerprint(credential)
        })
        emptied(home)
        assert.deepStrictEqual(yield* ids(home), [])
      })
  )

  it.scopedLive("oauth.json is the default agent's alone", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(oauthJson(home), login)
      assert.strictEqual((yield* read(home, AgentId.normalize("work"))).document.profiles.size, 0)
      assert.isFalse(fs.existsSync(`${oauthJson(home)}.imported`))
    })
  )

  it.scopedLive("eight first looks at once take it over once", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(authJson(home), apiKey)
      write(
        oauthJson(home),
        '{"openai-codex":{"access":"a","refresh":"r","expires":4102444800000}}'
      )
      const all = yield* Effect.all(
        Array.from({ length: 8 }, () => ids(home)),
        { concurrency: "unbounded" }
      )
      const last = yield* ids(home)
      assert.deepStrictEqual([...last].sort(), ["anthropic:default", "openai-codex:default"])
      for (const seen of all) assert.include(seen, ProfileId.of("anthropic:default"))
    })
  )
})
