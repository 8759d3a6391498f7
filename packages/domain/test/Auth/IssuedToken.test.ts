/** The document by which a program gets a credential that it sends by itself. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { IssuedToken, issueToken } from "../../src/Auth/IssuedToken.ts"
import { PublicFingerprint } from "../../src/Auth/PublicFingerprint.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { fingerprint } from "../../src/Profile/Secret.ts"
import { layerWorld, type World } from "./world.ts"

const now = 1_800_000_000_000
const request = { agent: AgentId.main, provider: ProviderId.anthropic }
const world = (profile: unknown, more: World = {}): World => ({
  stores: { main: { profiles: { me: profile } } },
  config: {
    models: { providers: { anthropic: { baseUrl: "https://proxy.example/team", models: [] } } }
  },
  ...more
})
const login = (lifeMs: number) => ({
  type: "oauth",
  provider: "anthropic",
  access: "old",
  refresh: "r",
  expires: now + lifeMs
})

/** The document as it is written. */
const written = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  const issued: Readonly<Record<string, unknown>> = yield* Effect.flatMap(
    issueToken(request),
    Schema.encode(IssuedToken)
  )
  return Object.fromEntries(Object.entries(issued).filter(([, value]) => value !== undefined))
})

describe("a credential that is handed out", () => {
  it.effect("is a key with its one header, without blanks and without an end", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* written, {
        version: 1,
        agent: "main",
        profile: "me",
        provider: "anthropic",
        kind: "api_key",
        token: "sk",
        baseUrl: "https://proxy.example/team",
        headers: { "x-api-key": "sk" }
      })
    }).pipe(
      Effect.provide(layerWorld(world({ type: "api_key", provider: "anthropic", key: " sk " })))
    )
  )

  it.effect("is a bearer with the beta it needs, its end, and the name of its version", () =>
    Effect.gen(function* () {
      const expiresAt = now + 3_600_000
      assert.deepStrictEqual(yield* written, {
        version: 1,
        agent: "main",
        profile: "me",
        provider: "anthropic",
        kind: "oauth",
        token: "old",
        baseUrl: "https://proxy.example/team",
        fingerprint: `name of ${fingerprint(Redacted.make("old"))}`,
        headers: { authorization: "Bearer old", "anthropic-beta": "oauth-2025-04-20" },
        expiresAt,
        expiration: new Date(expiresAt).toISOString()
      })
    }).pipe(
      Effect.provide(layerWorld(world(login(3_600_000)))),
      Effect.provide(Layer.succeed(PublicFingerprint, { of: (mark) => `name of ${mark}` }))
    )
  )

  for (const [lifeMs, token] of [
    [360_000, "old"],
    [359_999, "new"]
  ] as const)
    it.effect(`lives for six minutes at least where it can: ${lifeMs} ms left, ${token}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* written).token, token)
      }).pipe(Effect.provide(layerWorld(world(login(lifeMs), { refresh: { access: "new" } }))))
    )

  it.effect("shows no secret", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const issued = yield* issueToken(request)
      assert.notInclude(JSON.stringify(issued), "old")
    }).pipe(Effect.provide(layerWorld(world(login(3_600_000)))))
  )
})
