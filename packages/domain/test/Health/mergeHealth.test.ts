import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Health from "../../src/Health/HealthDocument.ts"
import { merge } from "../../src/Health/mergeHealth.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

const now = 1_800_000_000_000
const id = ProfileId.of("p")
const fresh = Health.unknown("f")

type Known = Partial<Health.ProfileHealth>

const document = (known: Known): Health.HealthDocument => ({
  ...Health.empty,
  profiles: new Map([[id, { ...fresh, ...known }]])
})

/** What two writers know together; the same whoever of them is asked. */
const merged = (mine: Known, theirs: Known): Health.ProfileHealth | undefined => {
  const one = merge(document(mine), document(theirs)).profiles.get(id)
  assert.deepStrictEqual(merge(document(theirs), document(mine)).profiles.get(id), one)
  return one
}

const window = (observedAt: number, until: number, kind = "rate_limit"): Window => ({
  scope: "credential",
  until,
  class: kind,
  source: "retry-after",
  observedAt
})
const ladder = (lastFailureAt: number, count = 1) => ({
  count,
  lastFailureAt,
  byClass: { auth: count }
})
const ended = (since: number, cause = "revoked") => ({ since, cause })

describe("what one writer proved beside what the other recorded", () => {
  for (const proof of ["lastGoodAt", "clearedAt"] as const) {
    it(`${proof} takes back failures before it; one of the same millisecond stands`, () => {
      const before = merged(
        { [proof]: now },
        { ladder: ladder(now - 1), needsLogin: ended(now - 1) }
      )
      assert.deepStrictEqual([before?.ladder, before?.needsLogin], [undefined, undefined])
      const same = merged({ [proof]: now }, { ladder: ladder(now), needsLogin: ended(now) })
      assert.deepStrictEqual([same?.ladder, same?.needsLogin], [ladder(now), ended(now)])
      const later = merged({ [proof]: now }, { ladder: ladder(now + 1) })
      assert.deepStrictEqual(later?.ladder, ladder(now + 1))
    })
  }

  it("a person's clear ends cooldowns seen before it, and none seen at it or after", () => {
    const until = (observedAt: number) =>
      merged({ clearedAt: now }, { windows: [window(observedAt, now + 60_000)] })?.windows[0]?.until
    assert.strictEqual(until(now - 1), now)
    assert.strictEqual(until(now), now + 60_000)
    assert.strictEqual(until(now + 1), now + 60_000)
  })

  it("and none that was over by then, nor what is only shown", () => {
    const over = window(now - 10, now)
    assert.deepStrictEqual(merged({ clearedAt: now }, { windows: [over] })?.windows, [over])
    const running = window(now - 10, now + 1)
    assert.strictEqual(merged({ clearedAt: now }, { windows: [running] })?.windows[0]?.until, now)
    const usage = window(now - 10, now + 60_000, "usage")
    assert.deepStrictEqual(merged({ clearedAt: now }, { windows: [usage] })?.windows, [usage])
  })
})

describe("the newest word", () => {
  it("of two ladders is the later failure's, and the higher rung of one millisecond", () => {
    assert.deepStrictEqual(
      merged({ ladder: ladder(now, 5) }, { ladder: ladder(now + 1) })?.ladder,
      {
        ...ladder(now + 1)
      }
    )
    assert.deepStrictEqual(
      merged({ ladder: ladder(now, 2) }, { ladder: ladder(now, 3) })?.ladder,
      ladder(now, 3)
    )
  })

  it("of two ended logins is the later one", () => {
    const [one, other] = [ended(now, "revoked"), ended(now + 1, "consumed")]
    assert.deepStrictEqual(merged({ needsLogin: one }, { needsLogin: other })?.needsLogin, other)
  })

  it("of times is the later, also where one writer knows none", () => {
    const one = merged({ lastUsedAt: now, lastGoodAt: now }, { lastUsedAt: now + 1 })
    assert.deepStrictEqual([one?.lastUsedAt, one?.lastGoodAt], [now + 1, now])
  })

  it("of two secrets where neither follows the other is the one learned of last, alone", () => {
    const mine = { secretFingerprint: "g", lastUsedAt: now }
    const theirs = { lastUsedAt: now + 1, windows: [] }
    assert.strictEqual(merged(mine, theirs)?.secretFingerprint, "f")
    assert.strictEqual(merged({ ...mine, lastUsedAt: now + 2 }, theirs)?.secretFingerprint, "g")
  })

  it("of a secret and the one it was renewed from is the new one's, with what both know", () => {
    const cooling = window(now, now + 60_000)
    const renewed = { secretFingerprint: "g", renewedAt: now + 1, renewedFrom: "f" }
    const one = merged(renewed, { windows: [cooling] })
    assert.deepStrictEqual([one?.secretFingerprint, one?.windows], ["g", [cooling]])
  })
})

describe("whatever several writers learned", () => {
  const scopes = fc.constantFrom("credential", "group:opus-4", "path:files")
  const time = fc.integer({ min: now, max: now + 12 })
  const answers = fc
    .record({ scope: scopes, sent: time, took: fc.nat(6), pause: fc.nat(10) })
    .map(({ pause, scope, sent, took }): Window => {
      const observedAt = sent + took
      const known = { ...window(observedAt, observedAt + pause), scope }
      return took > 1 ? { ...known, sentAt: sent } : known
    })
  const rung = fc.record({
    count: fc.nat(3),
    lastFailureAt: time,
    byClass: fc.record({ auth: fc.nat(2) })
  })
  const ladders = fc.tuple(rung, fc.dictionary(scopes, rung)).map(([top, byScope]) => {
    const last = Math.max(...[top, ...Object.values(byScope)].map((one) => one.lastFailureAt))
    return { ...top, lastFailureAt: last, byScope }
  })
  const knowledge = fc
    .record(
      {
        windows: fc.array(answers, { maxLength: 5 }),
        ladder: ladders,
        lastGoodAt: time,
        lastUsedAt: time
      },
      { requiredKeys: ["windows"] }
    )
    // As a writer has it: one window for each scope, and no failure that it proved wrong.
    .map((known) => merge(document({ ...known, windows: [] }), document(known)))
    .map((known) => merge(known, known))
  const healthOf = (known: Health.HealthDocument) => known.profiles.get(id)
  const together = (all: ReadonlyArray<Health.HealthDocument>) =>
    healthOf(all.reduce((one, other) => merge(one, other)))

  it("is the same in any order, however often they meet", () => {
    fc.assert(
      fc.property(knowledge, knowledge, knowledge, (a, b, c) => {
        assert.deepStrictEqual(together([a, b]), together([b, a]))
        assert.deepStrictEqual(healthOf(merge(merge(a, b), c)), healthOf(merge(a, merge(b, c))))
        assert.deepStrictEqual(together([a, b, a, b]), together([a, b]))
        assert.deepStrictEqual(healthOf(merge(a, a)), healthOf(a))
      }),
      { numRuns: 2_000 }
    )
  })

  it("also where persons cleared it meanwhile: the same cooldowns are left", () => {
    const cleared = fc
      .tuple(knowledge, fc.option(time, { nil: undefined }))
      .map(([known, clearedAt]) => merge(known, document({ clearedAt })))
    const left = (known: Health.HealthDocument) => {
      const { clearedAt = 0, windows = [] } = healthOf(known) ?? {}
      return windows.flatMap(({ scope, until }) => (until > clearedAt ? [[scope, until]] : []))
    }
    fc.assert(
      fc.property(cleared, cleared, cleared, (a, b, c) => {
        assert.deepStrictEqual(left(merge(a, b)), left(merge(b, a)))
        assert.deepStrictEqual(left(merge(merge(a, b), c)), left(merge(a, merge(b, c))))
        assert.deepStrictEqual(left(merge(a, a)), left(a))
      }),
      { numRuns: 2_000 }
    )
  })

  it(
    "no answer to a request that was sent before a longer pause was learned shortens it, and " +
      "every later one counts",
    () => {
      const split = fc.array(fc.tuple(answers, fc.nat(2)), { minLength: 1, maxLength: 8 })
      fc.assert(
        fc.property(split, (all) => {
          const writers = [0, 1, 2].map((writer) =>
            all
              .filter(([, who]) => who === writer)
              .map(([one]) => document({ windows: [one] }))
              .reduce(merge, document({}))
          )
          for (const found of together(writers)?.windows ?? []) {
            const told = all.flatMap(([one]) => (one.scope === found.scope ? [one] : []))
            const sentAt = (one: Window) =>
              Math.min(one.sentAt ?? one.observedAt, one.observedAt - 1)
            const standing = told.filter((one) =>
              told.every((other) => sentAt(other) < one.observedAt)
            )
            assert.strictEqual(found.until, Math.max(...standing.map(({ until }) => until)))
          }
        }),
        { numRuns: 2_000 }
      )
    }
  )
})
