import { assert, describe, it } from "@effect/vitest"
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
