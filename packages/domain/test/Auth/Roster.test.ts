import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { Holding, RosterFacts } from "../../src/Auth/Roster.ts"
import * as Roster from "../../src/Auth/Roster.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const secret = Redacted.make("sk-ant-x")
const common = { provider: ProviderId.anthropic, extra: Credential.noExtra }
const key: Credential.Credential = { type: "api_key", key: secret, ...common }
const token: Credential.Credential = { type: "token", token: secret, ...common }
const login: Credential.Credential = {
  type: "oauth",
  access: secret,
  refresh: Redacted.make("r"),
  expires: 0,
  ...common
}
const elsewhere = ProviderId.normalize("openai")

const holding = (id: string, credential: Credential.Credential, ambient = false): Holding => ({
  profile: ProfileId.of(id),
  owner: AgentId.main,
  credential,
  secretFingerprint: Credential.secretFingerprint(credential),
  ambient,
  usageStats: undefined
})

type Stored = Readonly<Record<string, Credential.Credential>>

const facts = (stored: Stored, more: Partial<RosterFacts> = {}): RosterFacts => ({
  provider: ProviderId.anthropic,
  stored: Object.entries(stored).map(([id, credential]) => holding(id, credential)),
  ambient: [],
  ambientRejected: [],
  storeOrder: undefined,
  configOrder: undefined,
  configProfiles: new Map(),
  payAsYouGoFallback: undefined,
  ...more
})

const ids = (...names: ReadonlyArray<string>) => names.map(ProfileId.of)

/** Members, and who is passed over with the reason. */
const roster = (stored: Stored, more: Partial<RosterFacts> = {}) => {
  const { members, rejected } = Roster.make(facts(stored, more))
  return {
    members: members.map(({ profile }) => `${profile}`),
    rejected: rejected.map(({ profile, reason }) => `${profile}: ${reason}`)
  }
}

describe("a key of the environment beside subscriptions (decision D5)", () => {
  const ambient = [holding("env", key, true)]
  const isHeldBack = (stored: Stored, more: Partial<RosterFacts> = {}): boolean =>
    roster(stored, { ambient, ...more }).rejected.includes("env: held back: pay-as-you-go")

  for (const [kind, plan] of [
    ["login", login],
    ["token", token]
  ] as const) {
    it(`is held back by a ${kind} that takes part`, () => {
      assert.isTrue(isHeldBack({ plan }))
      assert.isTrue(isHeldBack({ plan, other: key }, { storeOrder: ids("plan") }))
    })

    it(`is not held back by a ${kind} that the order leaves out`, () => {
      const stored = { plan, other: key }
      assert.isFalse(isHeldBack(stored, { storeOrder: ids("other") }))
      assert.isFalse(isHeldBack(stored, { configOrder: ids("other") }))
      assert.deepStrictEqual(roster(stored, { ambient, storeOrder: ids("other") }), {
        members: ["other", "env"],
        rejected: ["plan: not in the order"]
      })
      assert.deepStrictEqual(roster(stored, { ambient, configOrder: [] }).members, ["env"])
    })
  }

  it("is not held back by a subscription of another provider, nor by stored keys", () => {
    assert.isFalse(isHeldBack({ plan: { ...login, provider: elsewhere } }))
    // Also not where the order names it.
    const plan = { ...login, provider: elsewhere }
    assert.isFalse(isHeldBack({ plan, other: key }, { storeOrder: ids("plan", "other") }))
    assert.isFalse(isHeldBack({ other: key }))
  })

  it("goes by the setting where there is one", () => {
    assert.isFalse(isHeldBack({ plan: login }, { payAsYouGoFallback: true }))
    assert.isTrue(isHeldBack({}, { payAsYouGoFallback: false }))
  })

  it("holds back keys only: a token of the environment takes part", () => {
    const tokens = [holding("env", token, true)]
    assert.deepStrictEqual(roster({ plan: login }, { ambient: tokens }).members, ["plan", "env"])
  })
})

describe("who takes part (decision D15)", () => {
  const stored = { a: key, b: key, other: { ...key, provider: elsewhere } }
  const entry = (provider: string) => ({ provider, mode: "api_key" as const })

  it("is said by the store's order before the config's, and by that before its profiles", () => {
    const configProfiles = new Map([[ProfileId.of("a"), entry("anthropic")]])
    const configOrder = ids("b", "a")
    const storeOrder = ids("b")
    assert.deepStrictEqual(roster(stored, { configProfiles }).members, ["a"])
    assert.deepStrictEqual(roster(stored, { configProfiles, configOrder }).members, ["b", "a"])
    const all = { configProfiles, configOrder, storeOrder }
    assert.deepStrictEqual(roster(stored, all).members, ["b"])
    assert.isTrue(Roster.make(facts(stored, all)).explicit)
  })

  it("is everybody of the provider where nobody says so", () => {
    assert.deepStrictEqual(roster(stored), {
      members: ["a", "b"],
      rejected: ["other: another provider"]
    })
    assert.isFalse(Roster.make(facts(stored)).explicit)
  })

  it("leaves out a profile that the config lists for another provider, and says which", () => {
    const configProfiles = new Map([[ProfileId.of("a"), entry("openai")]])
    const { members, rejected } = Roster.make(
      facts(stored, { configProfiles, configOrder: ids("a", "b") })
    )
    assert.deepStrictEqual(
      members.map(({ profile }) => profile),
      ids("b")
    )
    assert.deepInclude(rejected[0], {
      profile: ProfileId.of("a"),
      reason: "config names another provider",
      detail: "openai"
    })
    // One that the config lists for another provider names nobody of this one's.
    assert.deepStrictEqual(roster(stored, { configProfiles }).members, ["b"])
  })

  it("is nobody twice, and a name that is not stored is said", () => {
    assert.deepStrictEqual(roster(stored, { storeOrder: ids("b", "gone", "b") }), {
      members: ["b"],
      rejected: ["gone: not in the store", "a: not in the order", "other: another provider"]
    })
  })

  it("gives a static token its end, and a login that is refreshed none", () => {
    const { members } = Roster.make(facts({ t: { ...token, expires: 5 }, l: login, k: key }))
    assert.deepStrictEqual(
      members.map(({ expiresAt }) => expiresAt),
      [5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    )
  })
})

describe("why a profile is passed over", () => {
  const rejectionOf = (credential: Credential.Credential, more: Partial<RosterFacts> = {}) =>
    Roster.make(facts({ me: credential }, more)).rejected[0]
  const stored = (kind: Credential.Kind) => ({
    profile: ProfileId.of("me"),
    owner: AgentId.main,
    kind
  })

  it("is another provider, which is named", () => {
    assert.deepStrictEqual(rejectionOf({ ...key, provider: elsewhere }), {
      ...stored("api_key"),
      reason: "another provider",
      detail: "openai"
    })
  })

  it("is another kind than the config says, where that does not take both", () => {
    const listed = (mode: "api_key" | "token" | "oauth", credential: Credential.Credential) =>
      rejectionOf(credential, {
        configProfiles: new Map([[ProfileId.of("me"), { provider: "anthropic", mode }]])
      })
    assert.deepStrictEqual(listed("token", login), {
      ...stored("oauth"),
      reason: "config names another kind",
      detail: "config: token, stored: oauth"
    })
    assert.strictEqual(listed("api_key", token)?.reason, "config names another kind")
    assert.strictEqual(listed("oauth", key)?.reason, "config names another kind")
    // A setup token is as good as the login that it stands for.
    for (const [mode, credential] of [
      ["oauth", token],
      ["oauth", login],
      ["token", token],
      ["api_key", key]
    ] as const)
      assert.isUndefined(listed(mode, credential))
  })

  it("is that a person disabled it, before anything else that is wrong with the secret", () => {
    const disabled = { ...key, key: Redacted.make(" "), disabled: true }
    assert.deepStrictEqual(rejectionOf(disabled), {
      ...stored("api_key"),
      reason: "disabled by hand"
    })
    assert.isUndefined(rejectionOf({ ...key, disabled: false }))
  })

  it("is a missing secret; a login has one as long as it can be used or refreshed", () => {
    const blank = Redacted.make(" ")
    assert.deepStrictEqual(rejectionOf({ ...key, key: blank }), {
      ...stored("api_key"),
      reason: "no secret"
    })
    assert.strictEqual(rejectionOf({ ...token, token: blank })?.reason, "no secret")
    assert.strictEqual(
      rejectionOf({ ...login, access: blank, refresh: blank })?.reason,
      "no secret"
    )
    assert.isUndefined(rejectionOf({ ...login, access: blank }))
    assert.isUndefined(rejectionOf({ ...login, refresh: blank }))
  })

  it("is a character that no header can carry", () => {
    const found = rejectionOf({ ...key, key: Redacted.make("sk-ant-ü") })
    assert.strictEqual(found?.reason, "cannot be sent")
    assert.isString(found?.detail)
  })

  it("is the order that leaves it out, with what else would keep it out", () => {
    const others = { storeOrder: ids("gone") }
    const unlisted = (credential: Credential.Credential) =>
      Roster.make(facts({ me: credential }, others)).rejected[1]
    assert.deepStrictEqual(unlisted(key), { ...stored("api_key"), reason: "not in the order" })
    assert.deepStrictEqual(unlisted({ ...key, disabled: true }), {
      ...stored("api_key"),
      reason: "not in the order",
      detail: "also disabled by you",
      also: "disabled by hand"
    })
    assert.strictEqual(unlisted({ ...key, provider: elsewhere })?.reason, "another provider")
  })

  it("names no store for a key of the environment", () => {
    const ambient = [holding("env", { ...key, key: Redacted.make(" ") }, true)]
    assert.deepStrictEqual(Roster.make(facts({}, { ambient })).rejected, [
      { profile: ProfileId.of("env"), reason: "no secret" }
    ])
    const given = { profile: ProfileId.of("env:X"), reason: "a placeholder" } as const
    assert.deepStrictEqual(Roster.make(facts({}, { ambientRejected: [given] })).rejected, [given])
  })
})

describe("the place of a member", () => {
  it("says which list put it there", () => {
    const placeOf = (more: Partial<RosterFacts>) =>
      Roster.make(facts({ a: key }, more)).members.map(({ place }) => place)
    assert.deepStrictEqual(placeOf({ storeOrder: ids("a"), configOrder: ids("a") }), [
      "explicit order of the agent"
    ])
    assert.deepStrictEqual(placeOf({ configOrder: ids("a") }), ["explicit order of the config"])
    assert.deepStrictEqual(placeOf({ ambient: [holding("env", key, true)] }), [
      "kind, then least recently used",
      "after the stored profiles"
    ])
  })
})

describe("the end of a credential", () => {
  it("is that of the secret of a login whose copies are unclear: it may not be refreshed", () => {
    const beside = {
      owner: AgentId.normalize("work"),
      storePath: "/stores/work",
      profile: ProfileId.of("me"),
      credential: login,
      fingerprint: "mark",
      writtenAt: 0
    }
    const stored = [
      { ...holding("me", { ...login, expires: 5 }), copy: { _tag: "Unclear", beside } as const }
    ]
    assert.strictEqual(Roster.make(facts({}, { stored })).members[0]?.expiresAt, 5)
    const newest = [
      { ...holding("me", { ...login, expires: 5 }), copy: { _tag: "Newest" } as const }
    ]
    assert.strictEqual(
      Roster.make(facts({}, { stored: newest })).members[0]?.expiresAt,
      Number.POSITIVE_INFINITY
    )
  })

  const ends = (credential: Credential.Credential): number | undefined =>
    Roster.make(facts({ "anthropic:me": credential })).members[0]?.expiresAt

  it("is that of the secret, where no refresh can follow", () => {
    assert.strictEqual(ends({ ...token, expires: 5 }), 5)
    assert.strictEqual(ends({ ...login, refresh: Redacted.make(" "), expires: 5 }), 5)
    assert.strictEqual(ends({ ...login, expires: 5 }), Number.POSITIVE_INFINITY)
    assert.strictEqual(ends(key), Number.POSITIVE_INFINITY)
  })
})
