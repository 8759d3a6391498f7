import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { merge } from "../../src/Health/mergeHealth.ts"
import { anyRequest, requestTarget } from "../../src/Health/RequestTarget.ts"
import type { UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const ladder = Cooldown.settings({}, ProviderId.anthropic)
const minute = 60_000
const hour = 60 * minute
const fresh = Health.unknown("f")
const opus = requestTarget({ model: "claude-opus-4-5" })
const sonnet = requestTarget({ model: "claude-sonnet-4-5" })

const failed = (
  failure: Partial<UpstreamFailure>,
  at: number,
  startedAt = at - 100
): HealthEvent => ({
  _tag: "Failed",
  at,
  startedAt,
  jitterMs: 0,
  ladder,
  failure: { class: "rate_limit", windows: [], ...failure }
})
const succeeded = (at: number, startedAt = at - 100, target = anyRequest): HealthEvent => ({
  _tag: "Succeeded",
  at,
  startedAt,
  windows: [],
  target
})
const window = (scope: Window["scope"], until: number, observedAt = now): Window => ({
  scope,
  until,
  class: "rate_limit",
  source: "retry-after",
  observedAt
})
const usableAt = (health: Health.ProfileHealth, at = now, target = anyRequest) =>
  HealthPolicy.usableAt(health, target, at)

describe("cooldown ladders", () => {
  it("1, 5, 25, 60, 60 minutes (conformance 1)", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5].map(Cooldown.failurePause),
      [60_000, 300_000, 1_500_000, 3_600_000, 3_600_000]
    )
  })

  it("billing: 5, 10, 20, 24, 24 hours; a provider's own setting in any case (conformance 2)", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5].map((count) => Cooldown.billingPause(count, ladder) / hour),
      [5, 10, 20, 24, 24]
    )
    const own = Cooldown.settings(
      {
        auth: { cooldowns: { billingBackoffHoursByProvider: { Anthropic: 1 }, billingMaxHours: 2 } }
      },
      ProviderId.anthropic
    )
    assert.deepStrictEqual(
      [1, 2, 3].map((count) => Cooldown.billingPause(count, own) / hour),
      [1, 2, 2]
    )
  })

  it("a failure after the window starts the ladder again (conformance 2)", () => {
    let health = fresh
    for (const at of [now, now + hour, now + 2 * hour])
      health = HealthPolicy.apply(health, failed({ class: "billing" }, at))
    assert.strictEqual(health.ladder?.count, 3)
    health = HealthPolicy.apply(health, failed({ class: "billing" }, now + 50 * hour))
    assert.deepStrictEqual([health.ladder?.count, health.ladder?.byClass.billing], [1, 1])
  })
})

describe("failures", () => {
  it("climb the ladder once for each incident", () => {
    const one = HealthPolicy.apply(fresh, failed({}, now))
    assert.strictEqual(usableAt(one), now + minute)
    // Nine more requests that were under way when the first one failed.
    const many = Array.from({ length: 9 }).reduce<Health.ProfileHealth>(
      (health) => HealthPolicy.apply(health, failed({}, now + 50, now - 200)),
      one
    )
    assert.deepStrictEqual([many.ladder?.count, usableAt(many)], [1, now + minute])
    const next = HealthPolicy.apply(many, failed({}, now + 2 * minute))
    assert.deepStrictEqual(
      [next.ladder?.count, usableAt(next, now + 2 * minute)],
      [2, now + 7 * minute]
    )
  })

  it("with an end named by the provider last exactly that long, plus the jitter", () => {
    const event = {
      ...failed({ windows: [window("credential", now + 120_000)] }, now),
      jitterMs: 1_500
    } as HealthEvent
    assert.strictEqual(usableAt(HealthPolicy.apply(fresh, event)), now + 121_500)
  })

  it("of the weather, the client and the entitlement change nothing", () => {
    for (const failureClass of [
      "overloaded",
      "server",
      "timeout",
      "format",
      "entitlement"
    ] as const) {
      assert.deepStrictEqual(HealthPolicy.apply(fresh, failed({ class: failureClass }, now)), fresh)
    }
  })

  it("a success ends what it refutes: same model, and nothing learned after it was sent", () => {
    const health = {
      ...fresh,
      windows: [window("credential", now + hour), window("model:opus", now + hour)]
    }
    const after = HealthPolicy.apply(health, succeeded(now + 10, now + 5, sonnet))
    assert.deepStrictEqual(
      [usableAt(after, now + 10), usableAt(after, now + 10, opus)],
      [0, now + hour]
    )
    const early = HealthPolicy.apply(health, succeeded(now + 10, now - 5, opus))
    assert.strictEqual(usableAt(early, now + 10, opus), now + hour)
  })

  it("a warning in the headers of a success blocks nothing", () => {
    const health = HealthPolicy.apply(fresh, {
      _tag: "Succeeded",
      at: now,
      startedAt: now - 1,
      target: anyRequest,
      windows: [
        window("7d", now + hour),
        { ...window("5h", now + hour), class: "usage", utilization: 0.87 }
      ]
    })
    assert.strictEqual(usableAt(health), 0)
    assert.deepStrictEqual(
      health.windows.map((entry) => [entry.scope, entry.utilization]),
      [["5h", 0.87]]
    )
  })

  it("clear ends everything, and a refresh keeps what is known", () => {
    const document = Health.empty
    const id = ProfileId.of("anthropic:o")
    const limited = HealthPolicy.record(
      document,
      id,
      "old",
      failed({ windows: [window("5h", now + hour)] }, now)
    )
    const renewed = HealthPolicy.record(limited, id, "new", {
      _tag: "Renewed",
      at: now + 1,
      previous: "old"
    })
    assert.strictEqual(usableAt(Health.of(renewed, id, "new")), now + hour)
    const cleared = HealthPolicy.record(renewed, id, "new", { _tag: "Cleared", at: now + 2 })
    assert.strictEqual(usableAt(Health.of(cleared, id, "new"), now + 2), 0)
    assert.strictEqual(usableAt(Health.of(merge(limited, cleared), id, "new"), now + 2), 0)
  })
})

describe("a secret that was refreshed", () => {
  const id = ProfileId.of("p")
  const renewed = HealthPolicy.record(Health.empty, id, "new", {
    _tag: "Renewed",
    at: now,
    previous: "old"
  })

  it("cools down also for whoever still has the one before it", () => {
    const refused = HealthPolicy.record(renewed, id, "new", failed({ class: "auth" }, now))
    assert.isAbove(usableAt(Health.of(refused, id, "old")), now)
    assert.strictEqual(usableAt(Health.of(refused, id, "another")), 0)
  })

  it("is not replaced by what is learned late about the one before it", () => {
    const refused = HealthPolicy.record(renewed, id, "new", failed({ class: "auth" }, now))
    const late = HealthPolicy.record(refused, id, "old", succeeded(now + 10, now - 10))
    assert.isAbove(usableAt(Health.of(late, id, "new")), now)
    assert.strictEqual(late.profiles.get(id)?.secretFingerprint, "new")
  })

  it("is one credential with the one before it, also where two writers know different ones", () => {
    const refused = HealthPolicy.record(renewed, id, "new", failed({ class: "auth" }, now))
    const behind = HealthPolicy.record(Health.empty, id, "old", { _tag: "Used", at: now + minute })
    for (const merged of [merge(refused, behind), merge(behind, refused)]) {
      assert.isAbove(usableAt(Health.of(merged, id, "new")), now)
      assert.strictEqual(merged.profiles.get(id)?.lastUsedAt, now + minute)
    }
  })
})

describe("usageStats of the reference", () => {
  it("counts until something newer is known", () => {
    const stats = { cooldownUntil: now + hour, lastFailureAt: now - 10 }
    assert.strictEqual(usableAt(HealthPolicy.withUsageStats(fresh, stats)), now + hour)
    assert.strictEqual(
      usableAt(HealthPolicy.withUsageStats({ ...fresh, clearedAt: now }, stats)),
      0
    )
    assert.strictEqual(
      usableAt(HealthPolicy.withUsageStats({ ...fresh, lastGoodAt: now }, stats)),
      0
    )
    assert.strictEqual(
      usableAt(HealthPolicy.withUsageStats({ ...fresh, lastGoodAt: now - hour }, stats)),
      now + hour
    )
  })
})

describe("two writers", () => {
  const id = ProfileId.of("p")
  const event: fc.Arbitrary<HealthEvent> = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 7 }))
    .map(([offset, kind]): HealthEvent => {
      const at = now + offset * minute
      switch (kind) {
        case 0:
          return { _tag: "Used", at }
        case 1:
          return succeeded(at)
        case 2:
          return failed({}, at)
        case 3:
          return failed({ windows: [window("5h", at + hour, at)] }, at)
        case 4:
          return failed({ class: "billing" }, at)
        case 5:
          return { _tag: "LoginEnded", at, cause: "revoked" }
        case 6:
          return { _tag: "Renewed", at, previous: "f" }
        default:
          return { _tag: "Cleared", at }
      }
    })
  const document = fc
    .tuple(fc.array(event, { maxLength: 8 }), fc.constantFrom("f", "g"))
    .map(([events, mark]) =>
      events
        .sort((a, b) => a.at - b.at)
        .reduce((known, one) => HealthPolicy.record(known, id, mark, one), Health.empty)
    )

  it("agree whatever the order, and lose nothing by merging twice", () => {
    fc.assert(
      fc.property(document, document, (mine, theirs) => {
        const merged = merge(mine, theirs)
        assert.deepStrictEqual(merged, merge(theirs, mine))
        assert.deepStrictEqual(merge(merged, theirs).profiles, merged.profiles)
      })
    )
  })

  it("what is written is read back the same", () => {
    fc.assert(
      fc.property(document, (mine) => {
        assert.deepStrictEqual(
          Health.decode(JSON.parse(JSON.stringify(Health.encode(mine)))).profiles,
          mine.profiles
        )
      })
    )
  })
})
