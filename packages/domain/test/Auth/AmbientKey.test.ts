import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AmbientKey from "../../src/Auth/AmbientKey.ts"
import { ConfigStore } from "../../src/Config/ConfigStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const key = `sk-ant-api03-${"k".repeat(80)}-AA`
const token = `sk-ant-oat01-${"t".repeat(80)}-AA`

type Variables = Readonly<Record<string, string>>

const found = (variables: Variables, config?: string, dotEnv: EnvironmentMemory.DotEnvFiles = {}) =>
  Effect.flatMap(ConfigStore, ({ load }) =>
    Effect.map(load, (snapshot) =>
      AmbientKey.find(snapshot.config, snapshot.environment, ProviderId.anthropic)
    )
  ).pipe(
    Effect.provide(
      ConfigMemory.layer(config).pipe(
        Layer.provide(
          Layer.mergeAll(
            EnvironmentMemory.layer(variables, {}, dotEnv),
            EnvironmentMemory.pathsLayer()
          )
        )
      )
    )
  )

const shown = (keys: ReadonlyArray<AmbientKey.AmbientKey>) =>
  keys.map(
    ({ counts, credential, profile }) =>
      `${profile} ${credential.type} ` +
      `${Redacted.value(Credential.secret(credential)).slice(0, 13)} ${counts}`
  )

const inForce = (variables: Variables, hasStored: boolean, config?: string) =>
  Effect.map(found(variables, config), (keys) =>
    AmbientKey.inForce(keys, hasStored).map(({ profile }): string => profile)
  )

const other = `{ models: { providers: { anthropic: { baseUrl: "https://proxy.example" } } } }`

describe("keys of the environment", () => {
  const rows: ReadonlyArray<readonly [string, Variables, string | undefined, string]> = [
    ["in quotes", { ANTHROPIC_API_KEY: `"${key}"` }, undefined, "api_key sk-ant-api03- always"],
    [
      "in quotes and with a line end",
      { ANTHROPIC_API_KEY: `'${key}'\r\n` },
      undefined,
      "api_key sk-ant-api03- always"
    ],
    [
      "with a byte order mark",
      { ANTHROPIC_API_KEY: `\ufeff${key}` },
      undefined,
      "api_key sk-ant-api03- always"
    ],
    [
      "a setup token where an API key belongs",
      { ANTHROPIC_API_KEY: token },
      undefined,
      "token sk-ant-oat01- always"
    ],
    [
      "an API key where a token belongs",
      { ANTHROPIC_OAUTH_TOKEN: key },
      undefined,
      "api_key sk-ant-api03- always"
    ],
    [
      "a form nobody knows",
      { ANTHROPIC_API_KEY: "sk-proxy" },
      undefined,
      "api_key sk-proxy always"
    ],
    [
      "a placeholder",
      { ANTHROPIC_API_KEY: "sk-ant-..." },
      undefined,
      "api_key sk-ant-... a placeholder"
    ],
    [
      "a dummy for another service",
      { ANTHROPIC_API_KEY: "sk-ant-xxx" },
      other,
      "api_key sk-ant-xxx always"
    ],
    [
      "a token that a gateway made",
      { ANTHROPIC_API_KEY: "cbt_abc" },
      undefined,
      "api_key cbt_abc a token of this gateway"
    ],
    [
      "the same before another service",
      { ANTHROPIC_API_KEY: "cbt_abc" },
      other,
      "api_key cbt_abc a token of this gateway"
    ],
    [
      "the gateway's configured token",
      { ANTHROPIC_API_KEY: "mine" },
      `{ gateway: { auth: { token: "mine" } } }`,
      "api_key mine a token of this gateway"
    ],
    [
      "the gateway's token, which only a variable sets",
      { ANTHROPIC_API_KEY: "mine", CLAWDBOT_GATEWAY_TOKEN: " mine" },
      undefined,
      "api_key mine a token of this gateway"
    ],
    [
      "Claude Code's variable",
      { CLAUDE_CODE_OAUTH_TOKEN: token },
      undefined,
      "token sk-ant-oat01- alone"
    ],
    [
      "the same with something else",
      { ANTHROPIC_AUTH_TOKEN: "sk-or-1" },
      undefined,
      "token sk-or-1 not a setup token"
    ]
  ]
  for (const [name, variables, config, wanted] of rows)
    it.effect(name, () =>
      Effect.map(found(variables, config), (keys) =>
        assert.deepStrictEqual(
          shown(keys).map((line) => line.slice(line.indexOf(" ") + 1)),
          [wanted]
        )
      )
    )

  it.effect("the working folder's counts only where there is nothing else at all", () =>
    Effect.gen(function* () {
      const working = { ANTHROPIC_API_KEY: key, ANTHROPIC_AUTH_TOKEN: token }
      const profiles = (variables: Variables, hasStored: boolean, state: Variables = {}) =>
        Effect.map(found(variables, undefined, { state, working }), (keys) =>
          AmbientKey.inForce(keys, hasStored).map(({ profile }): string => profile)
        )
      assert.deepStrictEqual(yield* profiles({}, false), [
        "env:ANTHROPIC_API_KEY",
        "env:ANTHROPIC_AUTH_TOKEN"
      ])
      assert.deepStrictEqual(yield* profiles({}, true), [])
      assert.deepStrictEqual(yield* profiles({ ANTHROPIC_OAUTH_TOKEN: token }, false), [
        "env:ANTHROPIC_OAUTH_TOKEN"
      ])
      assert.deepStrictEqual(yield* profiles({ CLAUDE_CODE_OAUTH_TOKEN: token }, false), [
        "env:CLAUDE_CODE_OAUTH_TOKEN"
      ])
      const other = `${key}-other`
      const [first] = yield* found({}, undefined, {
        state: { ANTHROPIC_API_KEY: other },
        working
      })
      assert.strictEqual(
        first === undefined ? "" : Redacted.value(Credential.secret(first.credential)),
        other
      )
      const held = (yield* found({}, undefined, { working })).map(AmbientKey.rejected)
      assert.deepStrictEqual(
        held.map(({ detail, reason }) => `${reason} ${detail}`),
        [
          "held back: working folder in /home/me/work/.env",
          "held back: working folder in /home/me/work/.env"
        ]
      )
    })
  )

  it.effect("a key in the config is read in the same way", () =>
    Effect.gen(function* () {
      const config = (text: string) =>
        `{ models: { providers: { anthropic: { apiKey: '${text}' } } } }`
      assert.deepStrictEqual(shown(yield* found({}, config(`"${token}"`))), [
        "config:models.providers.anthropic.apiKey token sk-ant-oat01- always"
      ])
      // A gateway behind a gateway: there its token is a key.
      const chained =
        '{ models: { providers: { anthropic: { baseUrl: "https://gateway.example", apiKey: ' +
        '"cbt_1" } } } }'
      assert.deepStrictEqual(shown(yield* found({}, chained)), [
        "config:models.providers.anthropic.apiKey api_key cbt_1 always"
      ])
    })
  )

  it.effect("variables of other programs count only without any other credential", () =>
    Effect.gen(function* () {
      const both = { CLAUDE_CODE_OAUTH_TOKEN: token, ANTHROPIC_AUTH_TOKEN: token }
      assert.deepStrictEqual(yield* inForce(both, false), [
        "env:CLAUDE_CODE_OAUTH_TOKEN",
        "env:ANTHROPIC_AUTH_TOKEN"
      ])
      assert.deepStrictEqual(yield* inForce(both, true), [])
      assert.deepStrictEqual(yield* inForce({ ...both, ANTHROPIC_API_KEY: key }, false), [
        "env:ANTHROPIC_API_KEY"
      ])
      // What is no credential is in nobody's way.
      assert.deepStrictEqual(yield* inForce({ ...both, ANTHROPIC_API_KEY: "cbt_1" }, false), [
        "env:CLAUDE_CODE_OAUTH_TOKEN",
        "env:ANTHROPIC_AUTH_TOKEN"
      ])
    })
  )

  it.effect("says once what was read as something else, never before another service", () =>
    Effect.gen(function* () {
      const notices = (variables: Variables, config?: string) =>
        Effect.map(found(variables, config), (keys) => keys.flatMap((one) => one.notices))
      assert.deepStrictEqual(yield* notices({ ANTHROPIC_API_KEY: key }), [])
      assert.deepStrictEqual(yield* notices({ ANTHROPIC_API_KEY: token }), [
        "ANTHROPIC_API_KEY holds a setup token and is used as one"
      ])
      assert.deepStrictEqual(yield* notices({ ANTHROPIC_API_KEY: "sk-proxy" }), [
        "ANTHROPIC_API_KEY does not look like an Anthropic API key (sk-ant-api03-…); it is " +
          "used anyway"
      ])
      assert.deepStrictEqual(yield* notices({ ANTHROPIC_API_KEY: "sk-proxy" }, other), [])
    })
  )
})
