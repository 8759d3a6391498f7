import { editDistance } from "@clawdbot/domain/Config/editDistance"
import * as KnownKeys from "@clawdbot/domain/Config/KnownKeys"
import { knownKeys, knownSections } from "@clawdbot/domain/Config/knownKeysData"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"

const sample = (kinds: string): unknown => {
  const [kind] = kinds.split("|")
  const samples: Readonly<Record<string, unknown>> = {
    string: "x",
    number: 1.5,
    integer: 1,
    boolean: true,
    object: {},
    array: []
  }
  return kind !== undefined && Object.hasOwn(samples, kind) ? samples[kind] : kind
}

/** A document that holds one known key. */
const holding = (path: string, value: unknown): unknown =>
  path
    .replaceAll("[]", ".[]")
    .split(".")
    .reduceRight<unknown>(
      (inner, step) => (step === "[]" ? [inner] : { [step === "*" ? "any" : step]: inner }),
      value
    )

describe("known keys", () => {
  it("every one is accepted", () => {
    for (const [path, kinds] of Object.entries(knownKeys)) {
      assert.deepStrictEqual(KnownKeys.check(holding(path, sample(kinds))), [], path)
    }
  })

  it("anything in sections that are not described is accepted", () => {
    const described = new Set(Object.keys(knownKeys).map((path) => path.split(".")[0]))
    for (const section of knownSections.filter((name) => !described.has(name))) {
      assert.deepStrictEqual(
        KnownKeys.check({ [section]: { what: { ever: [1, { x: 2 }] } } }),
        [],
        section
      )
    }
  })

  it("open maps accept any key", () => {
    const value = {
      env: { ANY_NAME: "x", vars: { OTHER: "y" } },
      auth: {
        profiles: { "p:x": { provider: "anthropic", mode: "api_key" } },
        order: { anthropic: ["p:x"] },
        cooldowns: { billingBackoffHoursByProvider: { anthropic: 1 } }
      },
      models: { providers: { mine: { headers: { "x-a": "b" } } } },
      agents: { defaults: { models: { "anthropic/x": { params: { anything: { goes: 1 } } } } } }
    }
    assert.deepStrictEqual(KnownKeys.check(value), [])
  })

  const rows: ReadonlyArray<readonly [value: unknown, path: string, nearest: string | undefined]> =
    [
      [{ agentz: {} }, "agentz", "agents"],
      [{ auth: { ordr: {} } }, "auth.ordr", "auth.order"],
      [
        { agents: { defaults: { model: { primry: "x" } } } },
        "agents.defaults.model.primry",
        "agents.defaults.model.primary"
      ],
      [
        { agents: { list: [{ id: "a", agentdir: "x" }] } },
        "agents.list.0.agentdir",
        "agents.list.0.agentDir"
      ],
      [
        { agents: { payAsYouGoFallback: true } },
        "agents.payAsYouGoFallback",
        "auth.payAsYouGoFallback"
      ],
      [{ frob: 1 }, "frob", undefined]
    ]
  for (const [value, path, nearest] of rows) {
    it(`${path} is unknown; nearest ${nearest}`, () => {
      const [fault] = KnownKeys.check(value)
      assert.isTrue(fault?._tag === "Unknown")
      assert.strictEqual(KeyPaths.render(fault?.path ?? []), path)
      assert.strictEqual(fault?._tag === "Unknown" ? fault.nearest : "", nearest)
    })
  }

  it("our own keys are told apart", () => {
    const value = {
      auth: { payAsYouGoFallback: true, order: { anthropic: [] } },
      agents: { list: [{ id: "a", auth: { inheritFrom: "b" } }] },
      gateway: { port: 1, usage: { retentionDays: 1 } },
      models: { providers: { anthropic: { oauth: { tokenUrl: "https://x" }, apiKey: "x" } } },
      env: { vars: { A: "b" }, B: "c" }
    }
    assert.deepStrictEqual(KnownKeys.check(value), [])
    assert.deepStrictEqual(KnownKeys.ownKeys(value).map(KeyPaths.render), [
      "auth.payAsYouGoFallback",
      "agents.list.0.auth",
      "gateway.usage",
      "models.providers.anthropic.oauth"
    ])
  })
})

it("edit distance", () => {
  for (const [left, right, distance] of [
    ["", "abc", 3],
    ["order", "ordr", 1],
    ["ab", "ba", 1],
    ["same", "same", 0],
    ["kitten", "sitting", 3]
  ] as const) {
    assert.strictEqual(editDistance(left, right), distance)
  }
})

describe("paths", () => {
  const rows: ReadonlyArray<
    readonly [text: string, path: ReadonlyArray<string | number> | undefined]
  > = [
    ["a.b.c", ["a", "b", "c"]],
    ["agents.list[0].id", ["agents", "list", 0, "id"]],
    ["agents.list.0.id", ["agents", "list", "0", "id"]],
    ['models["claude-opus-4.5"].alias', ["models", "claude-opus-4.5", "alias"]],
    ["auth.profiles['anthropic:x']", ["auth", "profiles", "anthropic:x"]],
    ["auth.profiles.anthropic:me@b-c", ["auth", "profiles", "anthropic:me@b-c"]],
    ["", undefined],
    ["a..b", undefined],
    ["a[b]", undefined],
    [".a", undefined],
    ["a.", undefined]
  ]
  for (const [text, path] of rows) {
    it(`${JSON.stringify(text)}`, () =>
      assert.deepStrictEqual(Either.getOrUndefined(KeyPaths.parse(text)), path))
  }
  it("an exact path is read back", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.nat()), { minLength: 1 }), (path) => {
        assert.deepStrictEqual(Either.getOrThrow(KeyPaths.parse(KeyPaths.renderExact(path))), path)
      })
    )
  })

  it("lists every key that this program reads, and each is a known one", () => {
    const keys = KnownKeys.keysRead()
    for (const key of ["gateway.hosts", "gateway.accessLog", "gateway.customBindHost"])
      assert.include(keys, key)
    for (const key of keys) {
      const path = Either.getOrThrow(KeyPaths.parse(key))
      assert.isFalse(KnownKeys.isSection(path), key)
      const unknown = KnownKeys.check(holding(key, undefined)).filter(
        ({ _tag }) => _tag === "Unknown"
      )
      assert.deepStrictEqual(unknown, [], key)
    }
    assert.isTrue(KnownKeys.isSection(["gateway", "auth"]))
    assert.isFalse(KnownKeys.isSection(["auth", "profiles"]))
    assert.isFalse(KnownKeys.isSection(["channels"]))
  })
})
