/** A login that a person wants refreshed: which one a name means, and what is said of it then. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import { loginOf, refreshAndReadBack } from "@clawdbot/domain/OAuth/refreshByHand"
import type * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { access, layerWorld, login, main, profile, store, stored } from "./world.ts"

const hour = 3_600_000
const now = 1_000 * hour

const begin = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  const authority = yield* TokenAuthority
  const credential = login(authority.families.signIn(), now + hour)
  yield* store(credential)
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, yield* StatePaths)
  return { agent: registry.get(main), authority, credential, registry }
})

/** Stores what is no login. */
const put = (id: string, credential: Credential.Credential) =>
  Effect.flatMap(ProfileStore, (profiles) =>
    profiles.modify(main, (document) =>
      Either.right({
        document: {
          ...document,
          profiles: new Map(document.profiles).set(ProfileId.of(id), credential)
        },
        result: undefined
      })
    )
  )

describe("the login of a name", () => {
  it.effect("is the one that the agent holds, with its owner", () =>
    Effect.gen(function* () {
      const { agent, credential } = yield* begin
      yield* store(credential, main, ProfileId.of("anthropic:another"))
      assert.deepStrictEqual(yield* loginOf(agent, profile), { owner: main, profile, credential })
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("is nothing where the agent holds none of that name", () =>
    Effect.gen(function* () {
      const { registry } = yield* begin
      const work = registry.get(AgentId.normalize("work"))
      const failed = yield* Effect.flip(loginOf(work, profile))
      assert.deepInclude(failed, { _tag: "ProfileUnknown", profile, problem: "missing" })
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "work"] })))
  )

  it.effect("is none where the name is that of a key or a token", () =>
    Effect.gen(function* () {
      const { agent } = yield* begin
      const common = { provider: ProviderId.anthropic, extra: Redacted.make({}) }
      yield* put("anthropic:key", { type: "api_key", key: Redacted.make("sk"), ...common })
      yield* put("anthropic:token", { type: "token", token: Redacted.make("sk"), ...common })
      const whatOf = (name: string) =>
        Effect.map(Effect.flip(loginOf(agent, name)), (failed) =>
          failed._tag === "NotOffered" ? failed.what : failed._tag
        )
      assert.strictEqual(
        yield* whatOf("anthropic:key"),
        "anthropic:key is an API key: there is nothing to refresh"
      )
      assert.strictEqual(
        yield* whatOf("anthropic:token"),
        "anthropic:token is a setup token: there is nothing to refresh"
      )
    }).pipe(Effect.provide(layerWorld()))
  )
})

describe("a refresh by hand", () => {
  it.effect("gives what is stored after it, also where its token had life left", () =>
    Effect.gen(function* () {
      const { authority, credential } = yield* begin
      const renewed = yield* refreshAndReadBack({ owner: main, profile, credential })
      assert.notStrictEqual(access(renewed), access(credential))
      assert.strictEqual(access(renewed), access(yield* stored()))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("is no success where an older login, or none, is stored after it", () =>
    Effect.gen(function* () {
      const { credential } = yield* begin
      const refresh = yield* OAuthRefresh
      const asked = { owner: main, profile, credential }
      const giving = (expires: number, id = profile) =>
        refreshAndReadBack({ ...asked, profile: id }).pipe(
          Effect.provideService(OAuthRefresh, {
            ...refresh,
            refreshNow: () => Effect.succeed({ ...credential, expires })
          }),
          Effect.either
        )
      const lost = yield* giving(credential.expires + 1)
      assert.deepInclude(Either.getOrThrow(Either.flip(lost)), {
        _tag: "NotReadBack",
        what: `the refreshed login ${profile}`
      })
      const gone = yield* giving(credential.expires, ProfileId.of("anthropic:gone"))
      assert.strictEqual(Either.getOrThrow(Either.flip(gone))._tag, "NotReadBack")
      // The same one, and one that is newer still, are as good.
      for (const expires of [credential.expires, credential.expires - 1])
        assert.deepStrictEqual(yield* giving(expires), Either.right(credential))
    }).pipe(Effect.provide(layerWorld()))
  )
})
