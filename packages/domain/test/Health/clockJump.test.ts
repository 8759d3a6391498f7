import { assert, describe, it } from "@effect/vitest"
import { forgetFuture } from "../../src/Health/clockJump.ts"
import type { HealthDocument, ProfileHealth } from "../../src/Health/HealthDocument.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { skewMs } from "../../src/Time/skew.ts"

const now = 1_800_000_000_000
const day = 86_400_000
const me = ProfileId.of("anthropic:me")

const documentOf = (health: ProfileHealth): HealthDocument => ({
  version: 7,
  recent: [me],
  profiles: new Map([[me, health]])
})
const pause = (observedAt: number): Window => ({
  scope: "credential",
  until: observedAt + 60_000,
  class: "rate_limit",
  source: "ladder",
  observedAt
})
const of = (document: HealthDocument): ProfileHealth => {
  const found = document.profiles.get(me)
  if (found === undefined) throw new Error("the profile is gone")
  return found
}

describe("a clock that is set back", () => {
  it("what was noted ahead of it is forgotten, what was noted before stays", () => {
    const usage: Window = { ...pause(now - day), class: "usage", scope: "5h", utilization: 0.5 }
    const forgotten = of(
      forgetFuture(
        documentOf({
          secretFingerprint: "mark",
          organization: "org",
          lastUsedAt: now + day,
          lastGoodAt: now - day,
          clearedAt: now + day,
          renewedAt: now - 1,
          ladder: { count: 3, lastFailureAt: now + day, byClass: { auth: 3 } },
          needsLogin: { since: now + day, cause: "revoked" },
          windows: [pause(now + day), usage]
        }),
        now
      )
    )
    assert.deepStrictEqual(forgotten, {
      secretFingerprint: "mark",
      organization: "org",
      lastGoodAt: now - day,
      renewedAt: now - 1,
      needsLogin: { since: now + skewMs, cause: "revoked" },
      windows: [usage]
    })
    assert.deepStrictEqual(HealthPolicy.obstacles(forgotten, anyRequest, now), [])
  })

  it("a credential that fails after it rests again, by what is known now", () => {
    const before = documentOf({
      secretFingerprint: "mark",
      windows: [pause(now + day)],
      ladder: { count: 1, lastFailureAt: now + day, byClass: {} }
    })
    const failed = HealthPolicy.apply(of(forgetFuture(before, now)), {
      _tag: "Failed",
      at: now,
      startedAt: now - 1,
      jitterMs: 0,
      failure: { class: "rate_limit", status: 429, windows: [] },
      ladder: { failureWindowMs: day, billingBaseMs: 5 * 3_600_000, billingMaxMs: day }
    })
    assert.deepStrictEqual(
      HealthPolicy.obstacles(failed, anyRequest, now).map(({ until }) => until),
      [now + 30_000]
    )
  })

  it("leaves alone what clocks may differ by, and says so by being the same", () => {
    const document = documentOf({
      secretFingerprint: "mark",
      lastUsedAt: now + skewMs,
      windows: [pause(now + skewMs), pause(now - day)]
    })
    assert.strictEqual(forgetFuture(document, now), document)
    const forgotten = forgetFuture(document, now - 1)
    assert.strictEqual(forgotten.version, 8)
    // No change is named: whoever follows the document looks at all of it.
    assert.deepStrictEqual(forgotten.recent, [])
  })
})
