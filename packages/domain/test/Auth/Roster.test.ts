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

describe("the end of a credential", () => {
  const ends = (credential: Credential.Credential): number | undefined =>
    Roster.make(facts({ "anthropic:me": credential })).members[0]?.expiresAt

  it("is that of the secret, where no refresh can follow", () => {
    assert.strictEqual(ends({ ...token, expires: 5 }), 5)
    assert.strictEqual(ends({ ...login, refresh: Redacted.make(" "), expires: 5 }), 5)
    assert.strictEqual(ends({ ...login, expires: 5 }), Number.POSITIVE_INFINITY)
    assert.strictEqual(ends(key), Number.POSITIVE_INFINITY)
  })
})
