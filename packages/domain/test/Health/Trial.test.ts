/** When a cooldown may be tested, and what is kept of that (decision D32). */

import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { decideTrial, restarted } from "../../src/Health/decideTrial.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { isNews } from "../../src/Health/isNews.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import * as Trial from "../../src/Health/Trial.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const id = ProfileId.of("p")
const ladder = Cooldown.settings({}, ProviderId.anthropic)

const cooldown = (more: Partial<Window> = {}): Window => ({
  scope: "credential",
  until: now + 5 * hour,
  class: "rate_limit",
  source: "ladder",
  observedAt: now,
  ...more
})
const cooling = (...windows: ReadonlyArray<Window>): Health.ProfileHealth => ({
  ...Health.unknown("mark"),
  windows
})
const after = (health: Health.ProfileHealth, ...events: ReadonlyArray<HealthEvent>) =>
  events.reduce(HealthPolicy.apply, health)
const begun = (at: number, obstacle: Window, kind: Trial.TrialKind = "request"): HealthEvent => ({
  _tag: "TrialBegun",
  at,
  obstacles: [obstacle],
  kind
})
const refused = (
  at: number,
  obstacle: Window,
  windows: ReadonlyArray<Window> = [],
  failureClass: FailureClass = "rate_limit"
): HealthEvent => ({
  _tag: "Failed",
  at: at + second,
  startedAt: at,
  jitterMs: 0,
  ladder,
  failure: { class: failureClass, windows },
  trial: { at, obstacles: [obstacle] }
})
/** How long after each refused trial the next one is due, in ms. */
const waits = (obstacle: Window, count: number): ReadonlyArray<number> => {
  let health = cooling(obstacle)
  return Array.from({ length: count }, () => {
    const at = Trial.dueAt(health.trials, obstacle)
    health = after(health, begun(at, obstacle), refused(at, obstacle, [], failureClassOf(obstacle)))
    return Trial.dueAt(health.trials, obstacle) - (at + second)
  })
}
const failureClassOf = (window: Window): FailureClass =>
  window.class === "auth" || window.class === "billing" || window.class === "spend_cap"
    ? window.class
    : "rate_limit"

describe("when a trial is due", () => {
  it("a guess is tested at once, then after 1, 5, 15 and every 60 seconds", () => {
    assert.strictEqual(Trial.dueAt(undefined, cooldown()), now)
    const expected = [1, 5, 15, 60, 60, 60].map((seconds) => seconds * second)
    assert.deepStrictEqual(waits(cooldown(), 6), expected)
    assert.deepStrictEqual(waits(cooldown({ source: "usageStats" }), 6), expected)
    assert.deepStrictEqual(waits(cooldown({ class: "region_blocked", source: "z" }), 6), expected)
  })

  it("what only a person can change, after a minute, then every 5 minutes", () => {
    for (const failureClass of ["auth", "billing", "spend_cap"]) {
      assert.deepStrictEqual(
        waits(cooldown({ class: failureClass }), 4),
        [1, 5, 5, 5].map((minutes) => minutes * minute)
      )
    }
  })

  it("credit that the provider put an end to, every 15 minutes", () => {
    for (const failureClass of ["billing", "spend_cap"]) {
      const stated = cooldown({ class: failureClass, source: "body" })
      assert.strictEqual(Trial.dueAt(undefined, stated), now + 15 * minute)
      assert.deepStrictEqual(waits(stated, 3), [15 * minute, 15 * minute, 15 * minute])
    }
  })

  it("any other stated end, once, half way, where it is 15 minutes away or more", () => {
    const stated = cooldown({ source: "retry-after" })
    const half = now + 2.5 * hour
    assert.strictEqual(Trial.dueAt(undefined, stated), half)
    const tested = after(cooling(stated), begun(half, stated), refused(half, stated))
    assert.deepStrictEqual(tested.trials, undefined)
    assert.strictEqual(
      Trial.dueAt(tested.trials, tested.windows[0] ?? stated),
      Number.POSITIVE_INFINITY
    )
    assert.strictEqual(
      Trial.dueAt(undefined, cooldown({ source: "retry-after", until: now + 10 * minute })),
      Number.POSITIVE_INFINITY
    )
  })

  it("counts start anew with another cooldown of the same scope", () => {
    const first = cooldown({ until: now + minute })
    const health = after(cooling(first), begun(now, first), refused(now, first))
    const second = cooldown({ observedAt: now + hour, until: now + 2 * hour })
    assert.strictEqual(Trial.dueAt(health.trials, first), now + 2_000)
    assert.strictEqual(Trial.dueAt(health.trials, second), now + hour)
    const again = after(health, begun(now + hour, second), refused(now + hour, second))
    assert.deepStrictEqual(
      again.trials?.map((trial) => trial.refused),
      [1]
    )
  })
})

it("few are kept of one credential, whatever models clients name", () => {
  const health = Array.from({ length: 500 }).reduce<Health.ProfileHealth>(
    (known, _, index) => after(known, begun(now + index, cooldown({ scope: `group:m${index}` }))),
    cooling()
  )
  assert.strictEqual(health.trials?.length, Trial.maxTrials)
  assert.isTrue(health.trials?.some(({ scope }) => scope === "group:m499"))
})

describe("how a trial ends", () => {
  const obstacle = cooldown({ until: now + hour })
  const inFlight = after(cooling(obstacle), begun(now, obstacle))
  const trial = { at: now, obstacles: [obstacle] }

  it("while no status has come the others wait, for 30 seconds at most", () => {
    assert.strictEqual(Trial.dueAt(inFlight.trials, obstacle), now + 30 * second)
    assert.isTrue(Trial.isInFlight(inFlight.trials, obstacle))
    const issued = after(cooling(obstacle), begun(now, obstacle, "issued"))
    assert.strictEqual(Trial.dueAt(issued.trials, obstacle), now + minute)
    assert.isFalse(Trial.isInFlight(issued.trials, obstacle))
  })

  it("by a 2xx status, which ends its cooldowns at once and leaves the ladder", () => {
    const rung = { count: 3, lastFailureAt: now, byClass: { rate_limit: 3 } }
    const passed = after(
      { ...inFlight, ladder: rung },
      { _tag: "TrialPassed", at: now + 50, trial }
    )
    assert.deepStrictEqual(HealthPolicy.obstacles(passed, anyRequest, now + 50), [])
    assert.strictEqual(passed.ladder, rung)
    // Also where it began in the very moment in which the cooldown did, and for who did not know.
    const merged = { ...passed, windows: [...passed.windows] }
    assert.deepStrictEqual(HealthPolicy.obstacles(merged, anyRequest, now), [])
  })

  it("by a refusal, which climbs no ladder and moves no end", () => {
    const health = after(inFlight, refused(now, obstacle))
    assert.deepStrictEqual([health.windows, health.ladder], [[obstacle], undefined])
  })

  it("by a refusal with an end, which replaces the guess", () => {
    const stated = cooldown({ scope: "5h", source: "unified-reset", until: now + 10 * minute })
    const health = after(
      inFlight,
      refused(now, obstacle, [{ ...stated, observedAt: now + second }])
    )
    assert.deepStrictEqual(
      HealthPolicy.obstacles(health, anyRequest, now + 2 * second).map(({ scope }) => scope),
      ["5h"]
    )
  })

  it("by anything else without a mark: the next one is due at once", () => {
    const health = after(inFlight, { _tag: "TrialReleased", at: now + 10, trial })
    assert.strictEqual(Trial.dueAt(health.trials, obstacle), now)
    assert.deepStrictEqual(
      health.trials?.map((one) => one.refused),
      [0]
    )
  })

  it("too late to change a later one", () => {
    const later = now + 40 * second
    const health = after(inFlight, begun(later, obstacle))
    for (const event of [
      refused(now, obstacle),
      { _tag: "TrialReleased", at: later, trial } as const
    ])
      assert.strictEqual(Trial.dueAt(after(health, event).trials, obstacle), later + 30 * second)
  })

  it("when its secret is renewed: the new one can be tested at once", () => {
    const waiting = after(inFlight, refused(now, obstacle))
    const renewed = after(waiting, { _tag: "Renewed", at: now + 1_500, previous: "mark" })
    assert.strictEqual(Trial.dueAt(renewed.trials, obstacle), now + 1_500)
  })
})

describe("one decision for all", () => {
  const obstacle = cooldown()
  const documentOf = (health: Health.ProfileHealth): Health.HealthDocument => ({
    version: 1,
    recent: [],
    profiles: new Map([[id, health]])
  })
  const request = { profile: id, secretFingerprint: "mark", obstacles: [obstacle] }
  const none = Number.NEGATIVE_INFINITY
  const decide = (health: Health.ProfileHealth, lastTrialAt: number, at: number) =>
    decideTrial(documentOf(health), request, lastTrialAt, at)

  it("yes, when it is due and none was sent in the last second", () => {
    const health = cooling(obstacle)
    assert.deepStrictEqual(decide(health, none, now + 5), {
      _tag: "Begun",
      trial: { at: now + 5, obstacles: [obstacle] }
    })
    assert.deepStrictEqual(decide(health, now, now + 999), { _tag: "NotDue", retryAt: now + 1_000 })
    assert.strictEqual(decide(health, now, now + 1_000)._tag, "Begun")
    // Written before the clock was set back.
    assert.strictEqual(decide(health, now + hour, now)._tag, "Begun")
  })

  it("no, while another one is in flight", () => {
    const health = after(cooling(obstacle), begun(now, obstacle))
    assert.strictEqual(decide(health, now, now + 5 * second)._tag, "NotDue")
    assert.strictEqual(decide(health, now, now + 30 * second)._tag, "Begun")
  })

  it("no, when something newer is known: whoever asks chooses again", () => {
    const passed = after(cooling(obstacle), {
      _tag: "TrialPassed",
      at: now + 10,
      trial: { at: now, obstacles: [obstacle] }
    })
    assert.deepStrictEqual(decide(passed, none, now + 20), { _tag: "NotDue", retryAt: now + 20 })
  })

  it("a stated cooldown that another process tested is not tested again", () => {
    const stated = cooldown({ source: "retry-after" })
    const at = now + 3 * hour
    const tested = after(cooling(stated), begun(at, stated))
    const start = decideTrial(
      documentOf(tested),
      { ...request, obstacles: [stated] },
      none,
      at + minute
    )
    assert.strictEqual(start._tag, "NotDue")
  })

  it("a restart makes one trial due, 5 seconds after the last one, and takes nothing away", () => {
    let health = cooling(obstacle)
    for (const at of [now, now + 2_000, now + 10_000, now + 30_000])
      health = after(health, begun(at, obstacle), refused(at, obstacle))
    assert.strictEqual(Trial.dueAt(health.trials, obstacle), now + 91_000)
    const first = restarted(documentOf(health), now + 32_000).profiles.get(id)
    assert.strictEqual(Trial.dueAt(first?.trials, obstacle), now + 35_000)
    assert.deepStrictEqual(first?.windows, [obstacle])
    const later = restarted(documentOf(health), now + 50_000).profiles.get(id)
    assert.strictEqual(Trial.dueAt(later?.trials, obstacle), now + 50_000)
    // One: what it finds counts again.
    const at = now + 50_000
    const tried = after(later ?? health, begun(at, obstacle), refused(at, obstacle))
    assert.strictEqual(Trial.dueAt(tried.trials, obstacle), at + 61_000)
  })

  it("also of credit with a stated end", () => {
    const stated = cooldown({ class: "billing", source: "body", until: now + 48 * hour })
    const document = documentOf(cooling(stated))
    const at = now + minute
    const first = restarted(document, at).profiles.get(id)
    assert.strictEqual(Trial.dueAt(first?.trials, stated), at)
    const calm = documentOf(cooling(cooldown({ source: "retry-after" })))
    assert.strictEqual(restarted(calm, at), calm)
  })
})

describe("two writers", () => {
  const record = fc.record({
    scope: fc.constantFrom("credential", "group:opus-4"),
    at: fc.integer({ min: 0, max: 3 }),
    refused: fc.integer({ min: 0, max: 2 }),
    nextAt: fc.integer({ min: 0, max: 3 })
  })
  const records = fc.uniqueArray(record, { selector: ({ scope }) => scope })

  it("agree on the trials", () => {
    fc.assert(
      fc.property(records, records, records, (a, b, c) => {
        assert.deepStrictEqual(Trial.join(a, b), Trial.join(b, a))
        assert.deepStrictEqual(Trial.join(Trial.join(a, b), c), Trial.join(a, Trial.join(b, c)))
      })
    )
  })

  it("what became of a trial is newer than that it began", () => {
    const obstacle = cooldown()
    const start = after(cooling(obstacle), begun(now, obstacle))
    const trial = { at: now, obstacles: [obstacle] }
    for (const end of [
      refused(now, obstacle),
      { _tag: "TrialReleased", at: now + 5, trial } as const
    ]) {
      const ended = after(start, end)
      assert.deepStrictEqual(Trial.join(start.trials, ended.trials), ended.trials)
      assert.deepStrictEqual(Trial.join(ended.trials, start.trials), ended.trials)
    }
  })
})

describe("what is news to other processes", () => {
  const usage: Window = {
    scope: "5h",
    until: now + hour,
    class: "usage",
    source: "unified-reset",
    utilization: 0.4,
    observedAt: now
  }
  const good = { ...cooling(usage, cooldown()), lastGoodAt: now, organization: "o" }
  const rows: ReadonlyArray<readonly [string, Partial<Health.ProfileHealth>, boolean]> = [
    ["when it was used", { lastUsedAt: now + 5 }, false],
    ["when it was good", { lastGoodAt: now + 5 }, false],
    [
      "a quota's use",
      { windows: [{ ...usage, utilization: 0.41, observedAt: now + 5 }, cooldown()] },
      false
    ],
    ["another quota", { windows: [{ ...usage, scope: "7d" }, usage, cooldown()] }, false],
    ["an old cooldown that is forgotten", { windows: [usage] }, false],
    ["a cooldown", { windows: [usage, cooldown(), cooldown({ scope: "group:opus-4" })] }, true],
    ["the end of one", { windows: [usage, cooldown({ until: now, observedAt: now + 1 })] }, true],
    ["a test of one", { windows: [usage, cooldown({ probedAt: now + 1 })] }, true],
    ["a trial", { trials: [{ scope: "credential", at: now, refused: 0, nextAt: now }] }, true],
    ["a rung of the ladder", { ladder: { count: 1, lastFailureAt: now, byClass: {} } }, true],
    ["that its login ended", { needsLogin: { since: now, cause: "revoked" } }, true],
    ["that it was renewed", { renewedAt: now }, true],
    ["that it was cleared", { clearedAt: now }, true],
    ["its organisation", { organization: "p" }, true],
    ["another secret", { secretFingerprint: "other" }, true]
  ]
  for (const [name, change, expected] of rows) {
    it(`${name}: ${expected ? "yes" : "no"}`, () => {
      assert.strictEqual(isNews(good, { ...good, ...change }), expected)
    })
  }

  it("a credential of which nothing was known: more than a use", () => {
    assert.isFalse(isNews(undefined, { ...Health.unknown("m"), lastUsedAt: now }))
    assert.isTrue(isNews(undefined, { ...Health.unknown("m"), lastGoodAt: now }))
    assert.isTrue(isNews(undefined, cooling(cooldown())))
  })
})
