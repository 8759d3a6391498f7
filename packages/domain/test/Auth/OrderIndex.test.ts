/** What an index looks at again when health changes, and what a request that names one gets. */
import { assert, describe, it } from "@effect/vitest"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { a, b, c, d, document, holding, moment, now, other, watched } from "./watchedIndex.ts"

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

describe("a conversation that begins where gateways share credentials", () => {
  const sessions = Array.from({ length: 200 }, (_, index) => `session ${index}`)
  const progress = { tried: new Set<ProfileId.ProfileId>(), trials: false }

  /** A gateway on which each profile was used last at a moment of its own. */
  const gateway = (seed: number) => {
    const made = watched()
    for (const [index, profile] of [a, b, c, d].entries()) {
      const { credential } = holding(profile)
      const secretFingerprint = Credential.secretFingerprint(credential)
      const lastUsedAt = now - ((seed * 7_919 + index * 104_729) % 1_000)
      made.healths.set(profile, { ...Health.unknown(secretFingerprint), lastUsedAt })
    }
    made.index.follow(AgentId.main, document(1))
    made.index.follow(other, document(1))
    return made
  }

  it("is on the same one at each gateway, whatever each of them used last", () => {
    const [first, ...others] = [1, 2, 3, 4, 5, 6, 7, 8].map(gateway)
    const homes = new Set<string>()
    for (const conversation of sessions) {
      const asked = { ...moment, conversation }
      const chosen = first?.index.first(asked, progress)
      assert.strictEqual(chosen?.place, "conversation's home")
      const home = chosen?.profile
      homes.add(home ?? "")
      for (const { index } of others) {
        assert.strictEqual(index.first(asked, progress)?.profile, home)
        const [first, ...others] = index.rank(asked).candidates
        assert.deepStrictEqual([first?.profile, first?.place], [home, "conversation's home"])
        assert.isTrue(others.every(({ place }) => place === "kind, then least recently used"))
      }
    }
    assert.strictEqual(homes.size, 4)
  })

  it("goes on at the same other one where its own was tried, and after an order as it says", () => {
    const gateways = [1, 2, 3].map(gateway)
    for (const conversation of sessions) {
      const asked = { ...moment, conversation }
      const home = gateways[0]?.index.first(asked, progress)?.profile ?? a
      const next = gateways.map(
        ({ index }) => index.first(asked, { ...progress, tried: new Set([home]) })?.profile
      )
      assert.strictEqual(new Set(next).size, 1)
      assert.notInclude(next, home)
      const ordered = watched({ storeOrder: [c, a, b, d] })
      assert.strictEqual(ordered.index.first(asked, progress)?.profile, c)
    }
  })

  it("leaves keys of the environment in their order, behind what is stored", () => {
    const ambient = [a, b].map((profile) => ({ ...holding(profile), ambient: true }))
    const { index } = watched({ stored: [], ambient })
    for (const conversation of sessions)
      assert.strictEqual(index.first({ ...moment, conversation }, progress)?.profile, a)
  })
})
