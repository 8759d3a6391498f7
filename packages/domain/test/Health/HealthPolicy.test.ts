import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { withUsageStats } from "../../src/Health/foreignRecord.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { merge } from "../../src/Health/mergeHealth.ts"
import { anyRequest, requestTarget } from "../../src/Health/RequestTarget.ts"
import type { UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import { isStated, type Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import type { UsageStats } from "../../src/Profile/UsageStats.ts"

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
): Extract<HealthEvent, { readonly _tag: "Failed" }> => ({
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
  it("30 seconds, then 1, 5, 25, 60, 60 minutes", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6].map(Cooldown.failurePause),
      [30_000, 60_000, 300_000, 1_500_000, 3_600_000, 3_600_000]
    )
  })

  it("billing: from 10 minutes, doubled, to 5 hours; a provider's own setting in any case", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6, 7].map((count) => Cooldown.billingPause(count, ladder) / minute),
      [10, 20, 40, 80, 160, 300, 300]
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

  it("a test by hand makes no pause longer than the last one, however often it is made", () => {
    for (const kind of ["billing", "rate_limit"] as const)
      for (const failures of [0, 1, 3]) {
        let health = fresh
        for (let count = 0; count < failures; count++)
          health = HealthPolicy.apply(health, failed({ class: kind }, now + count * 6 * hour))
        const climbed = health.ladder
        const last = now + Math.max(0, failures - 1) * 6 * hour
        const first =
          kind === "billing" ? Cooldown.billingPause(1, ladder) : Cooldown.failurePause(1)
        const pause = failures === 0 ? first : usableAt(health, last) - last
        for (let test = 1; test <= 5; test++) {
          const at = last + test * 6 * hour
          const event = { ...failed({ class: kind }, at), byHand: true }
          health = HealthPolicy.apply(health, event)
          assert.strictEqual(usableAt(health, at) - at, pause, `${kind} ${failures} ${test}`)
          assert.deepStrictEqual(health.ladder, climbed)
        }
      }
  })
})

describe("failures", () => {
  it("climb the ladder once for each incident", () => {
    const one = HealthPolicy.apply(fresh, failed({}, now))
    assert.strictEqual(usableAt(one), now + minute / 2)
    // Nine more requests that were under way when the first one failed.
    const many = Array.from({ length: 9 }).reduce<Health.ProfileHealth>(
      (health) => HealthPolicy.apply(health, failed({}, now + 50, now - 200)),
      one
    )
    assert.deepStrictEqual([many.ladder?.count, usableAt(many)], [1, now + minute / 2])
    const next = HealthPolicy.apply(many, failed({}, now + 2 * minute))
    assert.deepStrictEqual(
      [next.ladder?.count, usableAt(next, now + 2 * minute)],
      [2, now + 3 * minute]
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

describe("a refusal without an end", () => {
  const bare = (
    more: Partial<Extract<HealthEvent, { _tag: "Failed" }>>,
    at = now
  ): HealthEvent => ({
    _tag: "Failed",
    at,
    startedAt: at - 100,
    jitterMs: 0,
    ladder,
    failure: { class: "rate_limit", windows: [] },
    ...more
  })
  const scopes = (health: Health.ProfileHealth) => health.windows.map(({ scope }) => scope)

  const group = "group:opus-4"
  const limit = { class: "rate_limit", scope: group, windows: [] } as const

  it("inside a running cooldown neither lengthens it nor climbs, whatever its class", () => {
    const one = HealthPolicy.apply(fresh, bare({ failure: limit }))
    const late = { startedAt: now + 5_000, failure: limit }
    assert.deepStrictEqual(HealthPolicy.apply(one, bare(late, now + 6_000)), one)
    const refused = HealthPolicy.apply(fresh, bare({ failure: { class: "auth", windows: [] } }))
    assert.deepStrictEqual(HealthPolicy.apply(refused, bare(late, now + 6_000)), refused)
    // A refused credential is more than a limit of one group.
    const both = HealthPolicy.apply(
      one,
      bare({ ...late, failure: { class: "auth", windows: [] } }, now + 6_000)
    )
    assert.deepStrictEqual(scopes(both), ["credential", "group:opus-4"])
  })

  it("whose end is only what is usual moves no end that is running either", () => {
    const usual = (at: number): Window => ({
      ...window(group, at + hour, at),
      source: "usual"
    })
    const refusal = (at: number) => bare({ failure: { ...limit, windows: [usual(at)] } }, at)
    const one = HealthPolicy.apply(fresh, refusal(now))
    assert.deepStrictEqual(one.windows, [{ ...usual(now), sentAt: now - 100 }])
    assert.deepStrictEqual(HealthPolicy.apply(one, refusal(now + minute)), one)
    assert.deepStrictEqual(HealthPolicy.apply(one, refusal(now + 2 * hour)).windows, [
      { ...usual(now + 2 * hour), sentAt: now + 2 * hour - 100 }
    ])
  })

  it("of an incident that a person ended or a success refuted meanwhile counts for nothing", () => {
    const one = HealthPolicy.apply(fresh, bare({ failure: limit }))
    const cleared = HealthPolicy.apply(one, { _tag: "Cleared", at: now + 10 })
    const straggler = bare({ failure: limit, startedAt: now - 50 }, now + 20)
    assert.deepStrictEqual(HealthPolicy.apply(cleared, straggler), cleared)
  })

  it("is of the same incident when sent before the cooldown began, or as it did", () => {
    const one = HealthPolicy.apply(fresh, bare({ failure: limit }))
    const end = now + minute / 2
    const count = (startedAt: number, at: number) =>
      HealthPolicy.apply(one, bare({ failure: limit, startedAt }, at)).ladder?.count
    // The cooldown is over, and the answer is late: only when its request was sent tells.
    assert.strictEqual(count(now - 1, end + 10), 1)
    assert.strictEqual(count(now, end + 10), 1)
    assert.strictEqual(count(now + 1, end + 10), 2)
    // Sent later, but answered while the cooldown runs; at its end it no longer does.
    assert.strictEqual(count(now + 1, end - 1), 1)
    assert.strictEqual(count(now + 1, end), 2)
  })

  it("of a test by hand climbs no ladder, however often it is made", () => {
    let health = fresh
    for (const at of [now, now + hour, now + 2 * hour]) {
      health = HealthPolicy.apply(health, bare({ byHand: true }, at))
      assert.strictEqual(usableAt(health, at), at + minute / 2)
      assert.strictEqual(health.ladder, undefined)
    }
    // On a ladder that others climbed it stays on their rung.
    const climbed = HealthPolicy.apply(fresh, bare({}))
    const tested = HealthPolicy.apply(climbed, bare({ byHand: true }, now + hour))
    assert.deepStrictEqual(
      [tested.ladder, usableAt(tested, now + hour)],
      [climbed.ladder, now + hour + minute / 2]
    )
  })
})

describe("usageStats of another program", () => {
  const stand = (stats: UsageStats, health = fresh, at = now) =>
    usableAt(withUsageStats(health, stats, ladder, at), at)

  it("counts until something newer is known", () => {
    const stats = { cooldownUntil: now + 30 * minute, lastFailureAt: now - 10 }
    assert.strictEqual(stand(stats), now + 30 * minute)
    assert.strictEqual(stand(stats, { ...fresh, clearedAt: now }), 0)
    assert.strictEqual(stand(stats, { ...fresh, lastGoodAt: now }), 0)
    assert.strictEqual(stand(stats, { ...fresh, lastGoodAt: now - hour }), now + 30 * minute)
  })

  it(
    "is over at its last failure and the longest step of " + "its class, where that is recorded",
    () => {
      const far = now + 40 * 24 * hour
      assert.strictEqual(stand({ cooldownUntil: far, lastFailureAt: now }), now + hour)
      assert.strictEqual(stand({ disabledUntil: far, lastFailureAt: now }), now + 24 * hour)
      assert.strictEqual(stand({ disabledUntil: far, lastFailureAt: now - 48 * hour }), 0)
      assert.strictEqual(
        stand({ disabledUntil: far, cooldownUntil: far, lastFailureAt: now - 2 * hour }),
        now + 22 * hour
      )
      // As written where it is not.
      assert.strictEqual(stand({ disabledUntil: far }), far)
      const longer = { ...ladder, billingMaxMs: 48 * hour }
      const health = withUsageStats(fresh, { disabledUntil: far, lastFailureAt: now }, longer, now)
      assert.strictEqual(usableAt(health), now + 48 * hour)
    }
  )

  it("says nothing where a clock that was ten years ahead noted it", () => {
    const later = now + 3_652 * 24 * hour
    const stats = { cooldownUntil: later + hour, lastFailureAt: later, lastUsed: later }
    const health = withUsageStats(fresh, stats, ladder, now)
    assert.deepStrictEqual([usableAt(health), health.lastUsedAt], [0, undefined])
  })

  it("is a guess, and gives way to a trial that passed", () => {
    const stats = { disabledUntil: now + hour, lastFailureAt: now - minute }
    const health = withUsageStats(fresh, stats, ladder, now)
    const obstacles = HealthPolicy.obstacles(health, anyRequest, now)
    assert.deepStrictEqual(obstacles.map(isStated), [false])
    const passed = HealthPolicy.apply(fresh, {
      _tag: "TrialPassed",
      at: now + 5,
      trial: { at: now, obstacles }
    })
    assert.strictEqual(usableAt(withUsageStats(passed, stats, ladder, now)), 0)
  })
})

describe("two writers", () => {
  const id = ProfileId.of("p")
  const event: fc.Arbitrary<HealthEvent> = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 11 }))
    .map(([offset, kind]): HealthEvent => {
      const at = now + offset * minute
      const obstacle: Window = { ...window("credential", at + hour, at), source: "ladder" }
      const trial = { at, obstacles: [obstacle] }
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
          return { _tag: "TrialBegun", ...trial, kind: "request" }
        case 10:
          return { _tag: "Renewed", at, previous: "f" }
        case 7:
          return { _tag: "TrialReleased", at, trial }
        case 8:
          return { _tag: "TrialPassed", at, trial }
        case 9:
          return { ...failed({}, at), trial } as HealthEvent
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
