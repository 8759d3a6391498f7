import {
  backoffMs,
  type Demand,
  expiryOf,
  freshness,
  isBackingOff,
  mayStillBeUsed,
  meets,
  pauseBefore,
  timeLimitMs,
  waitWhileUsable
} from "@clawdbot/domain/OAuth/freshness"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { login } from "./world.ts"

const now = 1_700_000_000_000
const at = (left: number) => login({ access: "a", refresh: "r", account: "x" }, now + left)

describe("freshness", () => {
  for (const [left, expected] of [
    [120_001, "fresh"],
    [120_000, "advisory"],
    [30_000, "advisory"],
    [29_999, "due"],
    [0, "due"],
    [-1, "due"]
  ] as const) {
    it(`${left} ms left is ${expected}`, () => {
      assert.strictEqual(freshness(at(left), now), expected)
    })
  }

  it("a login without an access token, or without an end, is due", () => {
    assert.strictEqual(freshness({ ...at(1e9), access: Redacted.make(" ") }, now), "due")
    assert.strictEqual(freshness({ ...at(0), expires: 0 }, now), "due")
    assert.isTrue(mayStillBeUsed({ ...at(0), expires: 0 }, now))
    assert.isFalse(mayStillBeUsed(at(-1), now))
    assert.isFalse(mayStillBeUsed(at(0), now))
    assert.isTrue(mayStillBeUsed(at(1), now))
  })

  it("what nobody waits for longer than half of what is left, or five seconds", () => {
    assert.strictEqual(waitWhileUsable(at(4_000), now), 2_000)
    assert.strictEqual(waitWhileUsable(at(60_000), now), 5_000)
    assert.isUndefined(waitWhileUsable(at(0), now))
    assert.isUndefined(waitWhileUsable({ ...at(60_000), access: Redacted.make(" ") }, now))
  })

  it("a pause counts until its end, and not where it began in the future", () => {
    const until = now + 60_000
    assert.isFalse(isBackingOff(undefined, now))
    assert.isFalse(isBackingOff({ since: now - 1, until: now }, now))
    assert.isTrue(isBackingOff({ since: now - 1, until: now + 1 }, now))
    assert.isTrue(isBackingOff({ since: now + backoffMs, until }, now))
    assert.isFalse(isBackingOff({ since: now + backoffMs + 1, until }, now))
  })

  it("each demand is met by a login that is fresh enough and another one than it refuses", () => {
    const isMet = (tag: Demand["_tag"], left: number, accessFingerprint = "another") =>
      meets(at(left), { _tag: tag, accessFingerprint }, now)
    const same = Credential.secretFingerprint(at(0))
    const states = [120_001, 120_000, 29_999]
    assert.deepStrictEqual(
      states.map((left) => isMet("Advisory", left)),
      [true, false, false]
    )
    for (const tag of ["Due", "Refused", "Asked"] as const) {
      assert.deepStrictEqual(
        states.map((left) => isMet(tag, left)),
        [true, true, false],
        tag
      )
      assert.strictEqual(isMet(tag, 120_001, same), tag === "Due", tag)
    }
  })

  it("what meets a stricter demand meets the laxer one", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (left) => {
        const [advisory, due]: ReadonlyArray<Demand> = [{ _tag: "Advisory" }, { _tag: "Due" }]
        if (advisory === undefined || due === undefined) return false
        return !meets(at(left), advisory, now) || meets(at(left), due, now)
      })
    )
  })

  it("a stored end is always before the real one, by five minutes or a tenth", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (life) => {
        const expires = expiryOf({ access: Redacted.make("a"), expiresInMs: life }, now)
        return expires <= now + life && expires >= now + life - Math.min(300_000, life / 10) - 1
      })
    )
    assert.strictEqual(
      expiryOf({ access: Redacted.make("a"), expiresInMs: 28_800_000 }, now),
      now + 28_500_000
    )
  })

  it("pauses grow and stay within the time limit", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 5, 6].map((attempt) => pauseBefore(attempt, 0)),
      [500, 500, 1_000, 8_000, 8_000]
    )
    assert.strictEqual(pauseBefore(1, 0.5), 375)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const pause = pauseBefore(attempt, random)
          return pause >= 250 && pause <= 8_000 && pause < timeLimitMs
        }
      )
    )
  })
})
