/** Whom an index chooses first, and what it says where nobody is ready. */
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { Holding } from "../../src/Auth/Roster.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { Trial } from "../../src/Health/Trial.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import {
  a,
  b,
  c,
  d,
  document,
  holding,
  limit,
  limited,
  login,
  moment,
  now,
  other,
  watched
} from "./watchedIndex.ts"

const untried = { tried: new Set<ProfileId.ProfileId>(), trials: true }

/** An index that knows this of the health of its members. */
const knowing = (
  known: Readonly<Record<string, Health.ProfileHealth>>,
  stored: ReadonlyArray<Holding> = [holding(a), holding(b), holding(c), holding(d, other)]
) => {
  const made = watched({ stored })
  for (const [profile, health] of Object.entries(known))
    made.healths.set(ProfileId.of(profile), health)
  for (const agent of [AgentId.main, other]) made.index.follow(agent, document(1))
  return made.index
}

const names = (candidates: ReadonlyArray<{ readonly profile: ProfileId.ProfileId }>) =>
  candidates.map(({ profile }) => profile)

const usedAt = (lastUsedAt: number): Health.ProfileHealth => ({
  ...Health.unknown("x"),
  lastUsedAt
})

/** A guess that may be tested from `since` on. */
const guess = (since: number, until: number) =>
  limited(limit(until, { source: "ladder", observedAt: since }))

describe("one that a request names", () => {
  it("goes first where it was used last, and not where it was tried or is cooling down", () => {
    const index = knowing({ a: usedAt(now) })
    for (const named of [{ preferred: a }, { affinity: a }]) {
      const asked = { ...moment, ...named }
      assert.strictEqual(index.first(asked, untried)?.profile, a)
      assert.strictEqual(index.first(asked, { ...untried, tried: new Set([a]) })?.profile, b)
      const cooling = knowing({ a: limited(limit(now + 1)) })
      assert.strictEqual(cooling.first(asked, untried)?.profile, b)
    }
  })

  it("goes first among logins that were never used, in the order of why it is named", () => {
    const stored = [login(a), login(b), login(c), login(d)]
    const index = knowing({}, stored)
    const asked = { ...moment, preferred: c, affinity: b }
    assert.deepStrictEqual(names(index.rank(asked).candidates), [c, b, a, d])
    for (let session = 0; session < 20; session++) {
      const begun = { ...moment, conversation: `session ${session}` }
      const home = index.first(begun, untried)?.profile
      assert.strictEqual(index.rank(begun).candidates[0]?.profile, home)
    }
  })
})

describe("a conversation's home", () => {
  const homes = (index: ReturnType<typeof knowing>) =>
    new Set(
      Array.from({ length: 100 }, (_, session) => {
        const asked = { ...moment, conversation: `session ${session}` }
        const first = index.first(asked, untried)
        assert.strictEqual(first?.place, "conversation's home")
        assert.deepStrictEqual(index.rank(asked).candidates[0], first)
        return first?.profile
      })
    )

  it("is one of the best kind, wherever that stands", () => {
    assert.deepStrictEqual(homes(knowing({}, [login(a), holding(b), holding(c)])), new Set([a]))
    assert.deepStrictEqual(homes(knowing({}, [holding(a), holding(b), login(c)])), new Set([c]))
  })

  it("is one that is ready", () => {
    const index = knowing({ a: limited(limit(now + 1)), c: guess(now - 1, now + 1) })
    assert.deepStrictEqual([...homes(index)].toSorted(), [b, d])
  })

  it("is nobody's where somebody wrote the order down", () => {
    const { index } = watched({ storeOrder: [c, a] })
    for (let session = 0; session < 20; session++) {
      const [first] = index.rank({ ...moment, conversation: `session ${session}` }).candidates
      assert.deepStrictEqual([first?.profile, first?.place], [c, "explicit order of the agent"])
    }
  })
})

describe("among those whose cooldown may be tested", () => {
  it("the one that waits longest is first, then the one whose cooldown ends first", () => {
    const index = knowing({
      a: guess(now - 2, now + 900),
      b: guess(now - 2, now + 300),
      c: guess(now - 2, now + 300),
      d: guess(now - 1, now + 100)
    })
    assert.deepStrictEqual(names(index.rank(moment).candidates), [b, c, a, d])
    const tried = new Set<ProfileId.ProfileId>()
    for (const expected of [b, c, a, d]) {
      assert.strictEqual(index.first(moment, { tried, trials: true })?.profile, expected)
      tried.add(expected)
    }
    assert.isUndefined(index.first(moment, { tried: new Set(), trials: false }))
  })
})

describe("a credential that ends", () => {
  const ending = (expires: number): Holding => ({
    ...holding(a),
    credential: {
      type: "token",
      token: Redacted.make("sk-ant-oat01-a"),
      expires,
      provider: ProviderId.anthropic,
      extra: Credential.noExtra
    }
  })

  it("answers until then, and is nobody's candidate from that moment on", () => {
    const index = knowing({}, [ending(now)])
    const before = { ...moment, now: now - 1 }
    assert.strictEqual(index.first(before, untried)?.profile, a)
    assert.isTrue(index.hasOthers(new Set(), now - 1))
    assert.isUndefined(index.first(moment, untried))
    assert.isFalse(index.hasOthers(new Set(), now))
    assert.isUndefined(index.evidence(moment).retryAt)
  })
})

describe("why nobody is ready", () => {
  const trial = (nextAt: number): Trial => ({
    scope: "credential",
    at: now,
    refused: 0,
    nextAt,
    inFlight: true
  })

  it("asks again at the first end, soon beside a trial, at once where one is ready", () => {
    const waiting = { a: limited(limit(now + 5_000)), b: limited(limit(now + 3_000)) }
    const stored = [holding(a), holding(b)]
    assert.strictEqual(knowing(waiting, stored).evidence(moment).retryAt, now + 3_000)
    const tested = { ...guess(now, now + 9_000), trials: [trial(now + 8_000)] }
    const index = knowing({ ...waiting, b: tested }, stored)
    assert.strictEqual(index.evidence(moment).retryAt, now + 1_000)
    assert.strictEqual(index.evidence(moment, new Set([b])).retryAt, now + 5_000)
    assert.strictEqual(knowing({ a: waiting.a }, stored).evidence(moment).retryAt, 0)
  })

  it("leaves out whom it is told to, be it a candidate or passed over", () => {
    const ended = { ...Health.unknown("x"), needsLogin: { since: now, cause: "revoked" } }
    const index = knowing({ b: ended, c: ended })
    const { ranking } = index.evidence(moment, new Set([a, b]))
    assert.deepStrictEqual(names(ranking().candidates), [d])
    assert.deepStrictEqual(names(ranking().rejected), [c])
  })

  it("is what was so when it was asked for", () => {
    const made = watched()
    made.healths.set(a, limited(limit(now + 1)))
    made.index.follow(AgentId.main, document(1))
    const { ranking } = made.index.evidence(moment)
    made.healths.set(a, Health.unknown("x"))
    made.index.follow(AgentId.main, document(2, a))
    assert.strictEqual(ranking().candidates.at(-1)?.profile, a)
    assert.strictEqual(made.index.rank(moment).candidates[0]?.profile, a)
  })
})
