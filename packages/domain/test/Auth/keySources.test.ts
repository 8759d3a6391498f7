/** Keys of every source: how each counts, what is said of it, and why one is left out. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as AmbientKey from "../../src/Auth/AmbientKey.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const token = `sk-ant-oat01-${"t".repeat(80)}-AA`
const key = `sk-ant-api03-${"k".repeat(80)}-AA`
const openai = ProviderId.normalize("openai")
const { anthropic } = ProviderId
const process: Environment.VariableSource = { _tag: "Process" }
const working: Environment.VariableSource = { _tag: "DotEnv", file: "/w/.env", folder: "working" }

type Given = readonly [name: string, value: string, source: Environment.VariableSource]

const find = (given: ReadonlyArray<Given>, config: unknown = {}, provider = anthropic) =>
  AmbientKey.find(
    Either.getOrThrow(Config.decode(config)),
    {
      ...Environment.empty,
      variables: new Map(
        given.map(([name, value, source]) => [name, { value: Redacted.make(value), source }])
      )
    },
    provider
  )

const providers = (entries: Readonly<Record<string, unknown>>) => ({
  models: { providers: entries }
})
const secretOf = ({ credential }: AmbientKey.AmbientKey) =>
  Redacted.value(Credential.secret(credential))
const nameOf = ({ profile }: AmbientKey.AmbientKey): string => profile

const sdk = (different: Partial<Environment.SdkProfile> = {}): Environment.SdkProfile => ({
  _tag: "SdkProfile",
  file: "/home/me/.config/anthropic/default.json",
  expiresAt: 5_000,
  baseUrl: undefined,
  problem: undefined,
  ...different
})

describe("profiles of the provider's SDK", () => {
  it("come last, as tokens that count without any other credential and end when they say", () => {
    const keys = find(
      [
        ["sdk:default", "sdk-token", sdk()],
        ["CLAUDE_CODE_OAUTH_TOKEN", token, process],
        ["ANTHROPIC_API_KEY", key, process]
      ],
      providers({ anthropic: { apiKey: key } })
    )
    assert.deepStrictEqual(keys.map(nameOf), [
      "env:ANTHROPIC_API_KEY",
      "config:models.providers.anthropic.apiKey",
      "env:CLAUDE_CODE_OAUTH_TOKEN",
      "sdk:default"
    ])
    const last = keys.at(-1)
    assert.strictEqual(last?.counts, "alone")
    assert.deepStrictEqual(last?.notices, [])
    assert.strictEqual(last?.credential.type, "token")
    assert.strictEqual(last === undefined ? "" : secretOf(last), "sdk-token")
    assert.strictEqual(last === undefined ? 0 : Credential.expiresAt(last.credential), 5_000)
    assert.deepStrictEqual(last?.origin, {
      _tag: "Environment",
      name: "sdk:default",
      source: sdk()
    })
  })

  it("have no end where the SDK gives none", () => {
    const [only] = find([["sdk:default", "sdk-token", sdk({ expiresAt: undefined })]])
    assert.isFalse(only === undefined || "expires" in only.credential)
  })

  const elsewhere = providers({ anthropic: { baseUrl: "https://proxy.example" } })
  for (const [name, different, config, counts] of [
    ["without a token that can be sent are none", { problem: "it has ended" }, {}, "no secret"],
    [
      "for another address are none here",
      { baseUrl: "https://a.example" },
      {},
      "for another address"
    ],
    ["for the configured address count", { baseUrl: "https://proxy.example" }, elsewhere, "alone"],
    ["for the provider are none at another address", {}, elsewhere, "for another address"]
  ] as const)
    it(name, () => {
      const keys = find([["sdk:default", "sdk-token", sdk(different)]], config)
      assert.deepStrictEqual(
        keys.map((one) => one.counts),
        [counts]
      )
    })

  it("are the provider's, and of no other provider", () => {
    assert.deepStrictEqual(find([["sdk:default", "sdk-token", sdk()]], {}, openai), [])
  })
})

describe("keys of providers that are not served", () => {
  it("are taken as they are, without anything said of their form", () => {
    const keys = find(
      [["OPENAI_API_KEY", ` "${token}" `, working]],
      providers({ openai: { baseUrl: "https://api.openai.com", apiKey: "cbt_other" } }),
      openai
    )
    assert.deepStrictEqual(
      keys.map((one) => [nameOf(one), one.credential.type, secretOf(one), one.counts, one.notices]),
      [
        ["env:OPENAI_API_KEY", "api_key", token, "always", []],
        ["config:models.providers.openai.apiKey", "api_key", "cbt_other", "always", []]
      ]
    )
  })

  it("are none where the provider's variables are not known", () => {
    const unknown = ProviderId.normalize("nobody")
    assert.deepStrictEqual(find([["ANTHROPIC_API_KEY", key, process]], {}, unknown), [])
    assert.isTrue(AmbientKey.providersWithVariables.includes(openai))
    assert.isTrue(AmbientKey.providersWithVariables.includes(anthropic))
    assert.isFalse(AmbientKey.providersWithVariables.includes(unknown))
  })
})

describe("what stands where a key belongs", () => {
  const other = { baseUrl: "https://proxy.example" }
  for (const [name, given, config, expected] of [
    ["nothing but quotes is no key", [["ANTHROPIC_API_KEY", '""', process]], {}, []],
    [
      "nothing but quotes in the config is none",
      [],
      providers({ anthropic: { apiKey: '""' } }),
      []
    ],
    [
      "a placeholder in another program's variable is no setup token",
      [["ANTHROPIC_AUTH_TOKEN", "sk-ant-...", process]],
      {},
      ["token not a setup token"]
    ],
    [
      "a setup token that was cut off is used as a token",
      [["ANTHROPIC_API_KEY", "sk-ant-oat01-short", process]],
      {},
      ["token always"]
    ],
    [
      "one that was cut off counts in another program's variable",
      [["ANTHROPIC_AUTH_TOKEN", "sk-ant-oat01-short", process]],
      {},
      ["token alone"]
    ],
    [
      "a token of a gateway in the config is none before the provider itself",
      [],
      providers({ anthropic: { apiKey: "cbt_1" } }),
      ["api_key a token of this gateway"]
    ],
    [
      "a token of a gateway in another variable is none before another service",
      [["ANTHROPIC_AUTH_TOKEN", "cbt_1", process]],
      providers({ anthropic: other }),
      ["token a token of this gateway"]
    ],
    [
      "a state folder's file is the person's own",
      [["ANTHROPIC_API_KEY", key, { _tag: "DotEnv", file: "/s/.env", folder: "state" }]],
      {},
      ["api_key always"]
    ],
    [
      "a stranger's file is not, for another program's variable either",
      [["ANTHROPIC_AUTH_TOKEN", token, working]],
      {},
      ["token last"]
    ]
  ] satisfies ReadonlyArray<
    readonly [string, ReadonlyArray<Given>, unknown, ReadonlyArray<string>]
  >)
    it(name, () => {
      assert.deepStrictEqual(
        find(given, config).map(({ counts, credential }) => `${credential.type} ${counts}`),
        expected
      )
    })

  it("is named by its variable or its place in the config where it is something else", () => {
    const notices = (given: ReadonlyArray<Given>, config?: unknown) =>
      find(given, config).flatMap((one) => one.notices)
    assert.deepStrictEqual(notices([["ANTHROPIC_OAUTH_TOKEN", key, process]]), [
      "ANTHROPIC_OAUTH_TOKEN holds an API key and is used as one"
    ])
    assert.deepStrictEqual(notices([["ANTHROPIC_OAUTH_TOKEN", "two words", process]]), [
      "ANTHROPIC_OAUTH_TOKEN does not look like an Anthropic setup token (sk-ant-oat01-…); it is " +
        "used anyway"
    ])
    assert.deepStrictEqual(notices([], providers({ anthropic: { apiKey: token } })), [
      "models.providers.anthropic.apiKey holds a setup token and is used as one"
    ])
    assert.deepStrictEqual(notices([], providers({ anthropic: { apiKey: key } })), [])
    // What is no credential, or may be a stranger's, is not said to be used.
    assert.deepStrictEqual(notices([["ANTHROPIC_API_KEY", "sk-ant-...", process]]), [])
    assert.deepStrictEqual(notices([["ANTHROPIC_API_KEY", token, working]]), [])
  })
})

describe("a key that is left out", () => {
  const reasons = (given: ReadonlyArray<Given>, config?: unknown) =>
    find(given, config)
      .map(AmbientKey.rejected)
      .map(({ detail, profile, reason }) => `${profile}: ${reason}, ${detail}`)

  it("has a reason and a place", () => {
    assert.deepStrictEqual(
      reasons(
        [
          ["ANTHROPIC_OAUTH_TOKEN", token, { _tag: "LoginShell" }],
          ["ANTHROPIC_API_KEY", key, { _tag: "Config" }],
          ["CLAUDE_CODE_OAUTH_TOKEN", token, process],
          ["ANTHROPIC_AUTH_TOKEN", "sk-or-1", working],
          ["sdk:default", "", sdk({ problem: "the token has ended" })],
          ["sdk:work", "sdk-token", sdk({ file: "/work.json" })]
        ],
        providers({ anthropic: { apiKey: key } })
      ),
      [
        "env:ANTHROPIC_OAUTH_TOKEN: held back: other credentials, in the login shell",
        'env:ANTHROPIC_API_KEY: held back: other credentials, in the "env" of the config',
        "config:models.providers.anthropic.apiKey: held back: other credentials, in the config",
        "env:CLAUDE_CODE_OAUTH_TOKEN: held back: other credentials, in the environment",
        "env:ANTHROPIC_AUTH_TOKEN: not a setup token, in /w/.env",
        "sdk:default: no secret, the token has ended, in /home/me/.config/anthropic/default.json",
        "sdk:work: held back: other credentials, in /work.json"
      ]
    )
  })
})
