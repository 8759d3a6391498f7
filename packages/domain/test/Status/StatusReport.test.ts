import { defined } from "@clawdbot/domain/Document/defined"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { byConversation, placeWords } from "../../src/Auth/explanationWords.ts"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { classify } from "../../src/Health/classify.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { AuthStatus } from "../../src/Status/AuthStatus.ts"
import { check } from "../../src/Status/buildStatus.ts"
import type { StatusDocument } from "../../src/Status/StatusDocument.ts"
import { StatusReport } from "../../src/Status/StatusReport.ts"

const now = 1_800_000_000_000
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const key = {
  type: "api_key",
  provider: "anthropic",
  key: "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTED-AA"
}
const token = (expires?: number) => ({
  type: "token",
  provider: "anthropic",
  token: "sk-ant-oat01-PLANTEDplantedPLANTEDplanted",
  ...defined({ expires })
})
const login = (expires: number, refresh = "refresh-planted") => ({
  type: "oauth",
  provider: "anthropic",
  access: "access-planted",
  refresh,
  expires
})

interface World {
  readonly config?: string | undefined
  readonly profiles?: Readonly<Record<string, unknown>>
  readonly usageStats?: Readonly<Record<string, unknown>>
  readonly variables?: Readonly<Record<string, string>>
  readonly others?: Readonly<Record<string, unknown>>
  readonly agent?: string
}

const decode = Schema.decodeUnknown(AuthStatus, { onExcessProperty: "error" })
const encode = Schema.encode(AuthStatus)

const layerOf = (world: World) =>
  StatusReport.Default.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        ConfigMemory.layer(world.config),
        HealthMemory.layer,
        RefreshJournalMemory.layer(),
        ProfileMemory.layer({
          ...defined({
            main:
              world.profiles === undefined
                ? undefined
                : {
                    version: 1,
                    profiles: world.profiles,
                    usageStats: world.usageStats ?? {}
                  }
          }),
          ...world.others
        })
      )
    ),
    Layer.provide(
      Layer.merge(EnvironmentMemory.layer(world.variables), EnvironmentMemory.pathsLayer())
    )
  )

const report = (world: World) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const reports = yield* StatusReport
    const { document } = yield* reports.report(
      world.agent === undefined ? undefined : AgentId.normalize(world.agent)
    )
    // Whatever is told, programs can read it by the schema, and get all of it.
    const told = JSON.parse(JSON.stringify(document.auth))
    assert.deepStrictEqual(yield* Effect.orDie(encode(yield* Effect.orDie(decode(told)))), told)
    return document
  }).pipe(Effect.provide(layerOf(world)))

const anthropic = (document: StatusDocument) =>
  document.auth.providers.find(({ provider }) => provider === "anthropic") ??
  assert.fail("anthropic is not listed")

describe("why a credential is next where gateways share a store", () => {
  const explanationWith = (config: unknown) =>
    Effect.map(
      report({ profiles: { "anthropic:a": key }, config: JSON.stringify(config) }),
      ({ auth }) => auth.explanation
    )

  it.effect("says that its order is not that of conversations", () =>
    Effect.gen(function* () {
      const store = { type: "postgres" }
      assert.isTrue((yield* explanationWith({ store })).byConversation)
      // There conversations go by the same order as all else.
      for (const config of [
        {},
        { store: { type: "files" } },
        { store, auth: { order: { anthropic: ["anthropic:a"] } } },
        { store, auth: { scheduling: "economy" } }
      ])
        assert.notProperty(yield* explanationWith(config), "byConversation")
    })
  )

  it("says so in words", () => {
    assert.strictEqual(
      byConversation,
      "This is the order for a request without a conversation. A conversation begins on the " +
        "credential that its id chooses, the same on every gateway, and stays on it."
    )
    assert.strictEqual(
      placeWords["conversation's home"],
      "chosen by the conversation's id, the same on every gateway"
    )
  })
})

describe("the document", () => {
  it.effect("has the recorded keys in the recorded order, ours between and after them", () =>
    Effect.gen(function* () {
      const document = yield* report({ profiles: { "anthropic:a": key } })
      assert.deepStrictEqual(Object.keys(document), [
        "configPath",
        "agentDir",
        "agent",
        "defaultModel",
        "resolvedDefault",
        "fallbacks",
        "imageModel",
        "imageFallbacks",
        "aliases",
        "allowed",
        "auth"
      ])
      assert.deepStrictEqual(Object.keys(document.auth), [
        "storePath",
        "shellEnvFallback",
        "providersWithOAuth",
        "missingProvidersInUse",
        "providers",
        "unusableProfiles",
        "windows",
        "oauth",
        "explanation",
        "dotEnv"
      ])
    })
  )

  it.effect("shows no secret", () =>
    Effect.gen(function* () {
      const document = yield* report({
        profiles: {
          "anthropic:a": key,
          "anthropic:b": token(now + day * 9),
          "anthropic:c": login(now - 1)
        },
        variables: { ANTHROPIC_API_KEY: key.key, ANTHROPIC_OAUTH_TOKEN: "oauth-planted" },
        config: `{ models: { providers: { anthropic: { apiKey: "configured-planted-key" } } } }`
      })
      const secrets = [
        key.key,
        token().token,
        "access-planted",
        "refresh-planted",
        "oauth-planted",
        "configured-planted-key"
      ]
      const text = JSON.stringify(document)
      assert.deepStrictEqual(
        secrets.filter((secret) => text.includes(secret)),
        []
      )
    })
  )

  it.effect("answers for the agent that is named, else for the default agent (D21)", () =>
    Effect.gen(function* () {
      const config = `{ agents: { list: [{ id: "one" }, { id: "two", default: true }] } }`
      const others = { one: { version: 1, profiles: { "anthropic:one": key } } }
      const byDefault = yield* report({ config, others })
      assert.strictEqual(byDefault.agent, "two")
      assert.deepStrictEqual(byDefault.auth.missingProvidersInUse, ["anthropic"])
      const named = yield* report({ config, others, agent: "One" })
      assert.strictEqual(named.agent, "one")
      assert.strictEqual(named.auth.explanation.chosen, "anthropic:one")
    })
  )

  it.effect("tells of a paused profile for as long as it rests, and not a moment longer", () =>
    Effect.gen(function* () {
      const paused = (until: number) => ({
        profiles: { "anthropic:a": key },
        usageStats: {
          "anthropic:a": { cooldownUntil: until, errorCount: 1, lastFailureAt: now - 1 }
        }
      })
      const cooling = yield* report(paused(now + 5 * minute))
      assert.deepStrictEqual(cooling.auth.unusableProfiles, [
        {
          profileId: "anthropic:a",
          provider: "anthropic",
          kind: "cooldown",
          until: now + 5 * minute,
          remainingMs: 5 * minute,
          scope: "credential",
          stated: false
        }
      ])
      assert.deepStrictEqual(anthropic(cooling).profiles.labels, [
        "anthropic:a=sk-ant-a...ANTED-AA [cooldown 5m]"
      ])
      assert.deepStrictEqual((yield* report(paused(now))).auth.unusableProfiles, [])
    })
  )
})

describe("unusableProfiles: what could not answer for the default model now (D33)", () => {
  const opus = "claude-opus-4-5"
  /** What a 429 does to the one key. */
  const limited = (
    model: string,
    headers: Readonly<Record<string, string>>,
    config?: string,
    path = "/v1/messages"
  ) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const credential = Either.getOrThrow(Credential.decode(key))
      const failure = classify({
        status: 429,
        header: (name) => headers[name],
        body: '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}',
        now,
        asked: { model, path }
      })
      yield* (yield* HealthStore).record(
        AgentId.main,
        ProfileId.of("anthropic:a"),
        Credential.secretFingerprint(credential),
        {
          _tag: "Failed",
          at: now,
          startedAt: now - 1,
          failure,
          jitterMs: 0,
          ladder: Cooldown.settings({}, ProviderId.anthropic)
        }
      )
      const { document } = yield* (yield* StatusReport).report(undefined)
      return document
    }).pipe(Effect.provide(layerOf({ profiles: { "anthropic:a": key }, config })))
  const shown = ({ auth }: StatusDocument) =>
    auth.unusableProfiles.map(({ kind, scope, stated }) => [kind, scope, stated])

  it.effect("a bare 429 on the default model names the profile, and --check says so", () =>
    Effect.gen(function* () {
      const document = yield* limited(opus, {})
      assert.deepStrictEqual(shown(document), [["cooldown", "group:opus-4", false]])
      assert.isAbove(document.auth.unusableProfiles[0]?.until ?? 0, now)
      assert.strictEqual(check(document), 3)
    })
  )

  it.effect("an end that the provider gave is stated", () =>
    Effect.gen(function* () {
      const document = yield* limited(opus, { "retry-after": "120" })
      assert.deepStrictEqual(shown(document), [["cooldown", "group:opus-4", true]])
      assert.strictEqual(document.auth.unusableProfiles[0]?.remainingMs, 120_000)
    })
  )

  it.effect(
    "where the config names no model, a limit on any counts; of another resource, none",
    () =>
      Effect.gen(function* () {
        const haiku = yield* limited("claude-haiku-4-5", { "retry-after": "120" })
        assert.deepStrictEqual(shown(haiku), [["cooldown", "group:haiku-4.5", true]])
        // Another model still answers.
        assert.strictEqual(check(haiku), 0)
        const counting = yield* limited(opus, {}, undefined, "/v1/messages/count_tokens")
        assert.deepStrictEqual(shown(counting), [])
      })
  )

  it.effect("a limit on another model stands under windows only", () =>
    Effect.gen(function* () {
      const config = `{ agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5" } } } }`
      const document = yield* limited("claude-haiku-4-5", { "retry-after": "120" }, config)
      assert.deepStrictEqual(shown(document), [])
      assert.deepStrictEqual(
        document.auth.windows.map(({ scope }) => scope),
        ["group:haiku-4.5"]
      )
      assert.strictEqual(check(document), 0)
    })
  )

  it.effect("the default model of the config is the one that counts", () =>
    Effect.gen(function* () {
      const config =
        "{ agents: { defaults: { model: { primary: " + '"anthropic/claude-haiku-4-5" } } } }'
      const document = yield* limited("claude-haiku-4-5", { "retry-after": "120" }, config)
      assert.deepStrictEqual(shown(document), [["cooldown", "group:haiku-4.5", true]])
      assert.strictEqual(check(document), 3)
    })
  )

  it.effect("an agent's own model goes before it, with its own fallbacks", () =>
    Effect.gen(function* () {
      const config = `{ agents: {
        defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["sonnet"] } },
        list: [{ id: "main", model: { primary: "anthropic/claude-haiku-4-5", fallbacks: [] } }]
      } }`
      const document = yield* limited("claude-haiku-4-5", { "retry-after": "120" }, config)
      assert.deepStrictEqual(
        [document.defaultModel, document.resolvedDefault, document.fallbacks],
        ["anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5", []]
      )
      assert.strictEqual(document.auth.explanation.model, "claude-haiku-4-5")
      assert.deepStrictEqual(shown(document), [["cooldown", "group:haiku-4.5", true]])
      assert.strictEqual(check(document), 3)
      const other = yield* limited(opus, { "retry-after": "120" }, config)
      assert.strictEqual(check(other), 0)
    })
  )
})

describe("effective is the real selection (D21)", () => {
  const cases: ReadonlyArray<
    readonly [string, World, StatusDocument["auth"]["providers"][number]["effective"]]
  > = [
    [
      "a stored profile",
      { profiles: { "anthropic:a": key } },
      { kind: "profiles", detail: "memory:/agents/main/agent/auth-profiles.json" }
    ],
    [
      "the environment where nothing is stored",
      { variables: { ANTHROPIC_API_KEY: key.key } },
      { kind: "env", detail: "sk-ant-a...ANTED-AA" }
    ],
    [
      "the environment where the stored profile has no key",
      {
        profiles: { "anthropic:a": { ...key, key: " " } },
        variables: { ANTHROPIC_API_KEY: key.key }
      },
      { kind: "env", detail: "sk-ant-a...ANTED-AA" }
    ],
    [
      "a login of the environment",
      { variables: { ANTHROPIC_OAUTH_TOKEN: "oauth-planted" } },
      { kind: "env", detail: "OAuth (env)" }
    ],
    [
      "the config",
      { config: `{ models: { providers: { anthropic: { apiKey: "sk-configured-planted" } } } }` },
      { kind: "models.json", detail: "sk-co...anted" }
    ],
    [
      "nothing, where the only token is over",
      { profiles: { "anthropic:a": token(now - 1) } },
      { kind: "missing", detail: "missing" }
    ]
  ]
  for (const [name, world, expected] of cases) {
    it.effect(name, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(anthropic(yield* report(world)).effective, expected)
      })
    )
  }
})

describe("expiry", () => {
  const cases: ReadonlyArray<readonly [string, unknown, string, boolean]> = [
    ["a key", key, "static", false],
    ["a token without an end", token(), "static", false],
    ["a token with a long life", token(now + day + 1), "ok", false],
    ["a token on its last day", token(now + day), "expiring", false],
    ["a token that ends this moment", token(now), "expired", false],
    ["a login that is over but renews itself", login(now - 1), "expired", true],
    ["a login that is over and cannot", login(now - 1, ""), "expired", false],
    ["a login without an end", login(0), "missing", true]
  ]
  for (const [name, credential, status, refreshable] of cases) {
    it.effect(`${name}: ${status}`, () =>
      Effect.gen(function* () {
        const { auth } = yield* report({ profiles: { "anthropic:a": credential } })
        const [profile] = auth.oauth.profiles
        assert.strictEqual(profile?.status, status)
        assert.strictEqual(profile?.refreshable, refreshable)
      })
    )
  }

  it.effect(
    "the provider is as badly off as the worst of its logins and tokens; keys do not count",
    () =>
      Effect.gen(function* () {
        const { auth } = yield* report({
          profiles: {
            "anthropic:k": key,
            "anthropic:soon": token(now + hour),
            "anthropic:late": token(now + 30 * day)
          }
        })
        const [provider] = auth.oauth.providers
        assert.strictEqual(provider?.status, "expiring")
        assert.strictEqual(provider?.expiresAt, now + hour)
      })
  )
})

describe("--check (D21, D23)", () => {
  const rests = { cooldownUntil: now + hour, errorCount: 1, lastFailureAt: now - 1 }
  const cases: ReadonlyArray<readonly [string, World, 0 | 1 | 2 | 3]> = [
    ["a key", { profiles: { "anthropic:a": key } }, 0],
    ["nothing at all", {}, 1],
    ["only a key in the environment", { variables: { ANTHROPIC_API_KEY: key.key } }, 0],
    ["a token that is over", { profiles: { "anthropic:a": token(now - 1) } }, 1],
    [
      "a token that is over, beside a good key",
      { profiles: { "anthropic:a": token(now - 1), "anthropic:b": key } },
      1
    ],
    ["a token on its last day", { profiles: { "anthropic:a": token(now + hour) } }, 2],
    ["a login that is over but renews itself", { profiles: { "anthropic:a": login(now - 1) } }, 0],
    [
      "a login that is over and cannot renew itself",
      { profiles: { "anthropic:a": login(now - 1, "") } },
      1
    ],
    [
      "everything rests",
      { profiles: { "anthropic:a": key }, usageStats: { "anthropic:a": rests } },
      3
    ],
    [
      "one rests, another answers",
      {
        profiles: { "anthropic:a": key, "anthropic:b": key },
        usageStats: { "anthropic:a": rests }
      },
      0
    ],
    ["only a profile without a key", { profiles: { "anthropic:a": { ...key, key: "" } } }, 1],
    [
      "a fallback of a provider that has nothing",
      {
        profiles: { "anthropic:a": key },
        config:
          '{ agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ' +
          '["openai/gpt-5"] } } } }'
      },
      1
    ],
    [
      "anthropic rests, but the model is another provider's",
      {
        profiles: {
          "anthropic:a": key,
          "openai:a": { type: "api_key", provider: "openai", key: "sk-other" }
        },
        usageStats: { "anthropic:a": rests },
        config: `{ agents: { defaults: { model: { primary: "openai/gpt-5" } } } }`
      },
      0
    ]
  ]
  for (const [name, world, expected] of cases) {
    it.effect(`${name}: ${expected}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(check(yield* report(world)), expected)
      })
    )
  }
})
