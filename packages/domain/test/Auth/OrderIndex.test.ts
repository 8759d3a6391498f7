/** What an index looks at again when health changes, and what a request that names one gets. */
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { OrderIndex } from "../../src/Auth/OrderIndex.ts"
import type { Holding } from "../../src/Auth/Roster.ts"
import * as Roster from "../../src/Auth/Roster.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const other = AgentId.normalize("other")
const moment = { now, target: anyRequest, preferred: undefined, affinity: undefined }
const a = ProfileId.of("a")
const b = ProfileId.of("b")
const c = ProfileId.of("c")
const d = ProfileId.of("d")

const holding = (profile: ProfileId.ProfileId, owner = AgentId.main): Holding => {
  const credential: Credential.Credential = {
    type: "api_key",
    key: Redacted.make(`sk-ant-api03-${profile}`),
    provider: ProviderId.anthropic,
    extra: Credential.noExtra
  }
  const secretFingerprint = Credential.secretFingerprint(credential)
  return { profile, owner, credential, secretFingerprint, ambient: false, usageStats: undefined }
}

const roster = (more: Partial<Roster.RosterFacts> = {}) =>
  Roster.make({
    provider: ProviderId.anthropic,
    storeOrder: undefined,
    configOrder: undefined,
    configProfiles: new Map(),
    payAsYouGoFallback: undefined,
    ambientRejected: [],
    stored: [holding(a), holding(b), holding(c), holding(d, other)],
    ambient: [],
    ...more
  })

/** An index that notes whose health it asks for. */
const watched = (more: Partial<Roster.RosterFacts> = {}) => {
  const looked: Array<string> = []
  const healths = new Map<ProfileId.ProfileId, Health.ProfileHealth>()
  const index = new OrderIndex(roster(more), ({ profile, secretFingerprint }) => {
    looked.push(profile)
    return healths.get(profile) ?? Health.unknown(secretFingerprint)
  })
  return { index, healths, since: () => looked.splice(0) }
}

const document = (version: number, ...recent: ReadonlyArray<ProfileId.ProfileId>) => ({
  ...Health.empty,
  version,
  recent
})

describe("a request that names profiles", () => {
  const places = (
    { index }: ReturnType<typeof watched>,
    named: { readonly preferred?: ProfileId.ProfileId; readonly affinity?: ProfileId.ProfileId }
  ) => {
    const asked = { ...moment, ...named }
    const { candidates } = index.rank(asked)
    const [first] = candidates
    assert.deepStrictEqual(index.first(asked, { tried: new Set(), trials: false }), first)
    return candidates.map(({ place, profile }) => [profile, place])
  }
  const usual = "kind, then least recently used"

  it("gets the one it prefers, then that of its conversation, then the others", () => {
    assert.deepStrictEqual(places(watched(), { preferred: c, affinity: b }), [
      [c, "preferred"],
      [b, "same conversation"],
      [a, usual],
      [d, usual]
    ])
    assert.deepStrictEqual(places(watched(), { affinity: a }), [
      [a, "same conversation"],
      [b, usual],
      [c, usual],
      [d, usual]
    ])
  })

  it("keeps an explicit order, whatever the conversation was on", () => {
    const explicit = watched({ configOrder: [c, a] })
    const set = "explicit order of the config"
    assert.deepStrictEqual(places(explicit, { affinity: a }), [
      [c, set],
      [a, set]
    ])
    assert.deepStrictEqual(places(explicit, { preferred: a }), [
      [a, "preferred"],
      [c, set]
    ])
  })

  it("gets an explicit order, and keys of the environment after it, however they were used", () => {
    const used = { lastUsedAt: now - 1 }
    const ambient = [
      { ...holding(ProfileId.of("env:A")), ambient: true },
      { ...holding(ProfileId.of("env:B")), ambient: true }
    ]
    for (const [more, expected] of [
      [{ configOrder: [c, a] }, [c, a]],
      [{ ambient, stored: [holding(a)] }, [a, "env:A", "env:B"]]
    ] as const) {
      const { healths, index } = watched(more)
      for (const profile of [expected[0], ProfileId.of("env:A")])
        healths.set(profile, { ...Health.unknown("x"), ...used })
      index.follow(AgentId.main, document(1))
      assert.deepStrictEqual<ReadonlyArray<string>>(
        index.rank(moment).candidates.map(({ profile }) => profile),
        expected
      )
    }
  })

  it("finds one by its name, where it can still answer", () => {
    const { healths, index } = watched()
    assert.strictEqual(index.find(a, moment)?.profile, a)
    assert.isUndefined(index.find(ProfileId.of("nobody"), moment))
    healths.set(a, { ...Health.unknown("x"), needsLogin: { since: now, cause: "revoked" } })
    index.follow(AgentId.main, document(1, a))
    assert.isUndefined(index.find(a, moment))
    assert.isUndefined(index.find(a, { ...moment, now: now + 1 }))
  })
})

describe("an index that follows health", () => {
  it("looks again at what a document says has changed, and at nothing else", () => {
    const { index, since } = watched()
    assert.deepStrictEqual(since(), [a, b, c, d])
    // The first document may hold anything.
    index.follow(AgentId.main, document(5, a))
    assert.deepStrictEqual(since(), [a, b, c])
    index.follow(AgentId.main, document(5, a))
    assert.deepStrictEqual(since(), [])
    index.follow(AgentId.main, document(7, a, b, c))
    assert.deepStrictEqual(since(), [b, c])
    index.follow(AgentId.main, document(9, ProfileId.of("nobody"), d))
    assert.deepStrictEqual(since(), [])
    index.follow(AgentId.main, document(10, a))
    assert.deepStrictEqual(since(), [a])
  })

  it("looks at all of an agent's where more has changed than is named, or less than before", () => {
    const { index, since } = watched()
    index.follow(AgentId.main, document(5))
    since()
    index.follow(AgentId.main, document(8, a, b))
    assert.deepStrictEqual(since(), [a, b, c])
    index.follow(AgentId.main, document(7, a, b))
    assert.deepStrictEqual(since(), [a, b, c])
    index.follow(other, document(1))
    assert.deepStrictEqual(since(), [d])
  })

  it("says what was so at any moment, also of a clock that was set back", () => {
    const { healths, index } = watched()
    const limited = {
      scope: "credential",
      until: now + 1_000,
      class: "rate_limit",
      source: "retry-after",
      observedAt: now
    }
    healths.set(a, { ...Health.unknown("x"), windows: [limited] })
    index.follow(AgentId.main, document(1, a))
    const stateAt = (at: number) => index.find(a, { ...moment, now: at })?.state
    for (const [at, state] of [
      [now, "cooling"],
      [now + 999, "cooling"],
      [now + 1_000, "ready"],
      [now, "cooling"],
      [now + 2_000, "ready"]
    ] as const)
      assert.strictEqual(stateAt(at), state, `${at - now}`)
  })
})
