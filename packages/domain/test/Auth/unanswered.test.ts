/** What a request fails with when a login cannot be refreshed and nobody else answers. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const login = {
  type: "oauth",
  provider: "anthropic",
  access: "a",
  refresh: "r",
  expires: 4102444800000
}
const key = { type: "api_key", provider: "anthropic", key: "k" }
const request = { agent: AgentId.main, provider: ProviderId.anthropic }
const hour = 3_600_000

/** The login answers nothing; a key is limited for a minute. */
const limited = (use: CredentialUse): Effect.Effect<AttemptResult<string>> =>
  Effect.succeed({
    _tag: "Refused",
    value: use.profile,
    failure: {
      class: "rate_limit",
      status: 429,
      windows: [
        {
          scope: "credential",
          until: 60_000,
          class: "rate_limit",
          source: "retry-after",
          observedAt: 0
        }
      ]
    }
  })

const world = (profiles: Readonly<Record<string, object>>, ended: NonNullable<World["ended"]>) =>
  layerWorld({
    stores: { main: { profiles } },
    config: { auth: { payAsYouGoFallback: true } },
    ended
  })

const failing = Effect.flatMap(Failover, (failover) => Effect.flip(failover.run(request, limited)))

describe("a request whose login cannot be refreshed", () => {
  for (const [name, profiles, ended, expected] of [
    [
      "offline, alone: as what it is",
      { me: login },
      { me: { cause: "offline" } },
      "OAuthRefreshFailed me"
    ],
    [
      "revoked, alone: nobody has a credential",
      { me: login },
      { me: { cause: "revoked" } },
      "NoCredentials"
    ],
    [
      "one revoked, one offline: the one that comes back",
      { one: login, two: login },
      { one: { cause: "revoked" }, two: { cause: "offline" } },
      "OAuthRefreshFailed two"
    ],
    [
      "two throttled: the one that comes back first",
      { one: login, two: login },
      { one: { cause: "throttled", retryAt: hour }, two: { cause: "throttled", retryAt: 1_000 } },
      "OAuthRefreshFailed two"
    ],
    [
      "offline beside a key that is limited for a minute: the login, which is tried again before",
      { me: login, key },
      { me: { cause: "offline" } },
      "OAuthRefreshFailed me"
    ],
    [
      "throttled for an hour beside a key that is limited for a minute: the key",
      { me: login, key },
      { me: { cause: "throttled", retryAt: hour } },
      "AllInCooldown"
    ]
  ] satisfies ReadonlyArray<
    readonly [string, Readonly<Record<string, object>>, NonNullable<World["ended"]>, string]
  >) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const error = yield* failing
        assert.strictEqual(
          error._tag === "OAuthRefreshFailed" ? `${error._tag} ${error.profile}` : error._tag,
          expected
        )
      }).pipe(Effect.provide(world(profiles, ended)))
    )
  }

  it.effect("each profile is named once, with the cause", () =>
    Effect.gen(function* () {
      const resolver = yield* AuthResolver
      const error = yield* Effect.flip(resolver.resolve(request))
      assert.strictEqual(error._tag, "NoCredentials")
      assert.deepStrictEqual(error._tag === "NoCredentials" ? error.explanation.rejected : [], [
        {
          profile: "one",
          reason: "refresh failed",
          detail: "revoked: as scripted",
          cure:
            "clawdbot models auth paste-token --provider anthropic --agent main --profile-id " +
            "one"
        },
        {
          profile: "two",
          reason: "refresh failed",
          detail: "consumed: as scripted",
          cure:
            "clawdbot models auth paste-token --provider anthropic --agent main --profile-id " +
            "two"
        }
      ])
    }).pipe(
      Effect.provide(
        world({ one: login, two: login }, { one: { cause: "revoked" }, two: { cause: "consumed" } })
      )
    )
  )
})
