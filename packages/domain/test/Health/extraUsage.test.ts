/**
 * Plans that are used up and go on for money: what headers show, and what the config makes of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { HeaderReader } from "../../src/Health/answerHeaders.ts"
import { isExtraUsage, withExtraUsage } from "../../src/Health/extraUsage.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { isNews } from "../../src/Health/isNews.ts"
import { requestTarget } from "../../src/Health/RequestTarget.ts"
import { readUsage } from "../../src/Health/readUsage.ts"
import * as Trial from "../../src/Health/Trial.ts"

const now = 1_800_000_000_000
const hour = 3_600_000
const opus = { model: "claude-opus-5", path: "/v1/messages" }
const sonnet = { model: "claude-sonnet-5", path: "/v1/messages" }

const epoch = (offset: number) => String((now + offset) / 1_000)
const readerOf = (headers: Readonly<Record<string, string>>): HeaderReader => {
  const all = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value])
  )
  return Object.assign((name: string) => all[name], { names: () => Object.keys(all) })
}

/** A credential's health after a good response with such headers. */
const answered = (
  headers: Readonly<Record<string, string>>,
  before = Health.unknown("mark"),
  at = now
) =>
  HealthPolicy.apply(before, {
    _tag: "Succeeded",
    at,
    startedAt: at - 100,
    target: requestTarget(opus),
    windows: readUsage(readerOf(headers), opus, at)
  })

const spentWeek = {
  "5h-status": "allowed",
  "5h-utilization": "0.3",
  "5h-reset": epoch(2 * hour),
  "7d-status": "rejected",
  "7d-utilization": "1.01",
  "7d-reset": epoch(30 * hour),
  "overage-status": "allowed"
}

const rows: ReadonlyArray<
  readonly [
    name: string,
    headers: Readonly<Record<string, string>>,
    spent: ReadonlyArray<readonly [scope: string, until: number]>
  ]
> = [
  ["a rejected week while overage is allowed", spentWeek, [["7d", 30 * hour]]],
  [
    "a warning of overage is an allowance",
    { ...spentWeek, "overage-status": "allowed_warning" },
    [["7d", 30 * hour]]
  ],
  ["overage that is rejected pays nothing", { ...spentWeek, "overage-status": "rejected" }, []],
  [
    "overage in use, whatever else its status says",
    { ...spentWeek, "overage-status": "rejected", "overage-in-use": "true" },
    [["7d", 30 * hour]]
  ],
  [
    "overage in use names the window by the claim",
    {
      "overage-in-use": "true",
      "representative-claim": "five_hour",
      "5h-utilization": "1",
      "5h-reset": epoch(hour),
      "7d-utilization": "0.4",
      "7d-reset": epoch(30 * hour)
    },
    [["5h", hour]]
  ],
  [
    "overage in use without a claim: the windows that are full",
    {
      "overage-in-use": "true",
      "5h-utilization": "1.02",
      "5h-reset": epoch(hour),
      "7d-utilization": "0.4",
      "7d-reset": epoch(30 * hour)
    },
    [["5h", hour]]
  ],
  [
    "overage in use and nothing more: the credential, until the plan's reset",
    { "overage-in-use": "true", reset: epoch(3 * hour) },
    [["credential", 3 * hour]]
  ],
  [
    "overage in use without any reset: an hour",
    { "overage-in-use": "true" },
    [["credential", hour]]
  ],
  [
    "overage that is allowed and not needed",
    { "5h-utilization": "0.2", "5h-reset": epoch(hour), "overage-status": "allowed" },
    []
  ],
  ["a session without extra usage", { "overage-status": "rejected", "overage-in-use": "false" }, []]
]

describe("a good response (decision D53)", () => {
  for (const [name, headers, spent] of rows)
    it(name, () => {
      const health = answered(headers)
      assert.deepStrictEqual(HealthPolicy.obstacles(health, requestTarget(opus), now), [])
      assert.strictEqual(withExtraUsage(health, "allow"), health)
      const refused = withExtraUsage(health, "never")
      assert.deepStrictEqual(
        HealthPolicy.obstacles(refused, requestTarget(opus), now).map(
          ({ class: failureClass, scope, source, until }) => [
            scope,
            until - now,
            failureClass,
            source
          ]
        ),
        spent.map(([scope, until]) => [scope, until, "rate_limit", "extra-usage"])
      )
    })

  it("a week of one family leaves the other models", () => {
    const health = withExtraUsage(
      answered({
        "overage-status": "allowed",
        "7d_opus-status": "rejected",
        "7d_opus-reset": epoch(30 * hour)
      }),
      "never"
    )
    assert.strictEqual(HealthPolicy.usableAt(health, requestTarget(opus), now), now + 30 * hour)
    assert.strictEqual(HealthPolicy.usableAt(health, requestTarget(sonnet), now), 0)
  })

  it("ends with a later one without it, with the reset, and when a person clears it", () => {
    const target = requestTarget(opus)
    const spent = answered(spentWeek)
    const { "overage-status": _, ...again } = { ...spentWeek, "7d-status": "allowed" }
    const later = answered({ ...again, "7d-utilization": "0" }, spent, now + 1_000)
    assert.strictEqual(HealthPolicy.usableAt(withExtraUsage(later, "never"), target, now), 0)
    const reset = now + 30 * hour
    assert.strictEqual(HealthPolicy.usableAt(withExtraUsage(spent, "never"), target, reset), 0)
    const cleared = HealthPolicy.apply(spent, { _tag: "Cleared", at: now + 1 })
    assert.strictEqual(HealthPolicy.usableAt(withExtraUsage(cleared, "never"), target, now + 2), 0)
    const billedAgain = answered(spentWeek, cleared, now + 2)
    assert.strictEqual(
      HealthPolicy.usableAt(withExtraUsage(billedAgain, "never"), target, now + 3),
      reset
    )
  })

  it("is never tested by a request, which would be billed", () => {
    const health = withExtraUsage(answered(spentWeek), "never")
    const obstacles = HealthPolicy.obstacles(health, requestTarget(opus), now)
    assert.deepStrictEqual(
      obstacles.map((window) => Trial.dueAt(undefined, window)),
      [Number.POSITIVE_INFINITY]
    )
  })

  it("is news to other processes once, not with every response", () => {
    const first = answered(spentWeek)
    assert.isTrue(isNews(undefined, first))
    assert.isTrue(isNews({ ...Health.unknown("mark"), lastGoodAt: 1 }, first))
    assert.isFalse(isNews(first, answered(spentWeek, first, now + 1_000)))
  })

  it("whatever headers say, only extra usage is refused by the setting", () => {
    const value = fc.constantFrom(
      "allowed",
      "allowed_warning",
      "rejected",
      "true",
      "1",
      "0.5",
      epoch(hour)
    )
    const name = fc.constantFrom(
      "5h-status",
      "7d-status",
      "7d_oi-status",
      "30d-status",
      "overage-status",
      "overage-in-use",
      "representative-claim",
      "5h-utilization",
      "7d-reset",
      "reset"
    )
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        const health = answered(headers)
        const blocking = withExtraUsage(health, "never").windows.filter(
          (window) => window.class !== "usage"
        )
        assert.isTrue(blocking.every(({ source }) => source === "extra-usage"))
        assert.strictEqual(blocking.length, health.windows.filter(isExtraUsage).length)
        const isPaid =
          headers["overage-in-use"] === "true" ||
          headers["overage-status"]?.startsWith("allowed") === true
        if (!isPaid) assert.deepStrictEqual(blocking, [])
      })
    )
  })
})
