/** What is preferred to what, by the sums of a choice by quota. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import {
  type Compared,
  compare,
  type QuotaMoment,
  sumsOf,
  withoutConversations
} from "../../../src/Auth/economy/compareQuota.ts"
import { type Quota, quotaOf } from "../../../src/Auth/economy/Quota.ts"
import { requestTarget } from "../../../src/Health/RequestTarget.ts"
import type { Window } from "../../../src/Health/Window.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"

const now = 1_800_000_000_000
const minute = 60_000
const hour = 60 * minute
const target = requestTarget({ model: "claude-opus-5-5" })

/** Windows as `scope: [used, hours to the reset]`. */
type Used = Readonly<Record<string, readonly [used: number, hours: number]>>

const windows = (used: Used): ReadonlyArray<Window> =>
  Object.entries(used).map(([scope, [utilization, hours]]) => ({
    scope,
    class: "usage",
    source: "unified-reset",
    until: now + hours * hour,
    observedAt: now,
    utilization
  }))

const quota = (used: Used): Quota => quotaOf(windows(used), target, now)

interface Candidate {
  readonly used: Used
  readonly priority?: number
  readonly lastUsedAt?: number
}

/** The names of candidates in their order. */
const order = (
  candidates: Readonly<Record<string, Candidate>>,
  moment: QuotaMoment = withoutConversations
): string =>
  Object.entries(candidates)
    .map(([name, { lastUsedAt = 0, priority = 0, used }]) => ({
      name,
      priority,
      lastUsedAt,
      sums: sumsOf(holderOf(name), quota(used), moment, now)
    }))
    .sort(compare)
    .map(({ name }) => name)
    .join(" ")

const holderOf = (name: string) => ({ owner: AgentId.main, profile: ProfileId.of(name) })

const a: Used = { "7d": [0.4, 20] }
const b: Used = { "7d": [0.1, 144] }

const warmOn = (profile: string): QuotaMoment["warm"] => ({
  profile: ProfileId.of(profile),
  tokens: 300_000,
  until: now + 4 * minute,
  moveUsd: 1.44
})

describe("a choice by quota", () => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ["takes first what would be lost soonest", order({ b: { used: b }, a: { used: a } }), "a b"],
    [
      "spares the five hours that are nearly used",
      order({ a: { used: { ...a, "5h": [0.98, 2] } }, b: { used: b } }),
      "b a"
    ],
    [
      "spares a week that is nearly used",
      order({ a: { used: { "7d": [0.97, 20] } }, b: { used: { "7d": [0.5, 160] } } }),
      "b a"
    ],
    [
      "takes five hours that end sooner before those that have just begun",
      order({ a: { used: { "5h": [0.5, 4.9] } }, b: { used: { "5h": [0.5, 0.5] } } }),
      "b a"
    ],
    [
      "counts no window that is over",
      order({ a: { used: { "5h": [1, -0.1] } }, b: { used: { "5h": [0.2, 3] } } }),
      "a b"
    ],
    [
      "counts the limits of other models for nothing",
      order({ a: { used: { "7d:sonnet": [0.99, 20] } }, b: { used: { "5h": [0.2, 3] } } }),
      "a b"
    ],
    [
      "compares keys by what remains of their limits",
      order({
        a: { used: { "input-tokens:opus-5.5": [0.7, 0.01] }, priority: 1 },
        b: { used: { "input-tokens:opus-5.5": [0.2, 0.01] }, priority: 1 }
      }),
      "b a"
    ],
    [
      "uses up a plan before it pays for a key",
      order({ key: { used: {}, priority: 1 }, plan: { used: { "5h": [0.99, 2] } } }),
      "plan key"
    ],
    [
      "takes what has most left where nothing has more than the reserve",
      order({ a: { used: { "5h": [0.99, 1] } }, b: { used: { "5h": [0.97, 4] } } }),
      "b a"
    ],
    [
      "takes the longest unused of equals",
      order({ a: { used: {}, lastUsedAt: 2 }, b: { used: {}, lastUsedAt: 1 } }),
      "b a"
    ],
    [
      "leaves a conversation where its prompt cache is, also where little is left",
      order(
        { a: { used: {} }, b: { used: { "5h": [0.92, 2] } } },
        { ...withoutConversations, warm: warmOn("b") }
      ),
      "b a"
    ],
    [
      "leaves more for people where a program asks",
      order(
        { a: { used: { "5h": [0.9, 0.1] } }, b: { used: { "5h": [0.8, 4.9] } } },
        { ...withoutConversations, isBackground: true }
      ),
      "b a"
    ]
  ]
  for (const [name, found, expected] of rows) it(name, () => assert.strictEqual(found, expected))

  it("counts the conversations that a credential has", () => {
    const conversations = (profile: string) => (profile === "a" ? 2 : 0)
    const moment = { ...withoutConversations, conversations }
    assert.strictEqual(
      order({ a: { used: { "5h": [0.2, 5] } }, b: { used: { "5h": [0.25, 5] } } }, moment),
      "b a"
    )
    const sums = sumsOf(holderOf("a"), quota({ "5h": [0.2, 5] }), moment, now)
    assert.deepInclude(sums, { headroom: 0.8, room: 0.71, conversations: 2, reserve: 0.05 })
  })

  it("is an order: of any three candidates, none is both before and behind another", () => {
    const share = fc.double({ min: 0, max: 1.2, noNaN: true })
    const candidate = fc
      .record({
        five: share,
        week: share,
        hours: fc.double({ min: 0.01, max: 168, noNaN: true }),
        isWarm: fc.boolean(),
        priority: fc.nat(2),
        lastUsedAt: fc.nat(3)
      })
      .map(({ five, hours, isWarm, lastUsedAt, priority, week }): Compared => {
        const used = { "5h": [five, hours / 40], "7d": [week, hours] } as const
        const moment = { ...withoutConversations, warm: isWarm ? warmOn("x") : undefined }
        return { priority, lastUsedAt, sums: sumsOf(holderOf("x"), quota(used), moment, now) }
      })
    fc.assert(
      fc.property(candidate, candidate, candidate, (one, other, third) => {
        assert.strictEqual(Math.sign(compare(one, other)), -Math.sign(compare(other, one)) || 0)
        if (compare(one, other) <= 0 && compare(other, third) <= 0)
          assert.isAtMost(compare(one, third), 0)
      })
    )
  })
})

describe("the sums of a credential", () => {
  const full = { used: 0, endsAt: now + 5 * hour }
  const whole: Quota = {
    fiveHours: full,
    sevenDays: { used: 0, endsAt: now + 50 * hour },
    key: { used: 0, endsAt: now }
  }
  const sums = (given: Partial<Quota>, moment: Partial<QuotaMoment> = {}) =>
    sumsOf(holderOf("a"), { ...whole, ...given }, { ...withoutConversations, ...moment }, now)

  it("are by the scarcest limit, the conversations, and what of five hours is gone", () => {
    const fiveHours = { used: 0.5, endsAt: now + hour }
    const sevenDays = { used: 0.95, endsAt: now + 50 * hour }
    const busy = { conversations: () => 2, sizeUsd: () => 10 }
    const found = sums({ fiveHours, sevenDays }, busy)
    assert.strictEqual(found.headroom, 0.05)
    assert.strictEqual(found.room, 0.09)
    assert.approximately(found.neededPerHour, 0.001, 1e-9)
    assert.deepInclude(found, { conversations: 2, sizeUsd: 10, reserve: 0.05 })
    assert.notProperty(found, "cache")
    assert.deepInclude(sums({ key: { used: 0.6, endsAt: now } }), { headroom: 0.4, room: 0.37 })
  })

  it("expect a conversation to use its share of a plan, and never more than the whole", () => {
    assert.strictEqual(sums({}).room, 0.97)
    assert.strictEqual(sums({}, { otherSizeUsd: 20 }).room, 0.95)
    assert.strictEqual(sums({}, { otherSizeUsd: 20, sizeUsd: () => 10 }).room, 0.9)
    assert.strictEqual(sums({}, { sizeUsd: () => 0.5 }).room, 0)
    assert.notProperty(sums({}, { otherSizeUsd: 20 }), "sizeUsd")
  })

  it("are within what there can be, whatever the windows say", () => {
    assert.strictEqual(sums({ fiveHours: { ...full, endsAt: now + 10 * hour } }).room, 0.97)
    assert.strictEqual(sums({ sevenDays: { used: 1.2, endsAt: now + hour } }).neededPerHour, 0)
    assert.strictEqual(sums({ sevenDays: { used: 0.5, endsAt: now } }).neededPerHour, 30)
  })

  it("have the prompt cache where it is this credential's, and a reserve for people", () => {
    const { moveUsd, tokens, until } = { moveUsd: 1.44, tokens: 300_000, until: now + 4 * minute }
    const found = sums({}, { warm: warmOn("a"), isBackground: true })
    assert.deepStrictEqual(found.cache, { tokens, until, moveUsd })
    assert.approximately(found.reserve, 0.15, 1e-9)
    assert.notProperty(sums({}, { warm: warmOn("b") }), "cache")
  })
})

describe("of two credentials", () => {
  const compared = ({
    priority = 0,
    lastUsedAt = 0,
    ...sums
  }: Partial<Compared["sums"] & Compared>) => ({
    priority,
    lastUsedAt,
    sums: { headroom: 1, reserve: 0.05, room: 1, neededPerHour: 1, conversations: 1, ...sums }
  })
  const cache = { until: now }
  const before: ReadonlyArray<
    readonly [string, Parameters<typeof compared>[0], Parameters<typeof compared>[0]]
  > = [
    ["a plan goes before a key, whatever it has", {}, { priority: 1, cache, room: 2 }],
    ["a warm one goes before one with more room", { cache, headroom: 0 }, { room: 2 }],
    ["of two warm ones the one with more room", { cache, room: 2 }, { cache }],
    ["one at the reserve has room still", { headroom: 0.05, room: 0 }, { headroom: 0.04 }],
    ["below it the one that has more left", { headroom: 0.04, room: 0 }, { headroom: 0.03 }],
    ["below it, of equals, the room", { headroom: 0.04, room: 2 }, { headroom: 0.04 }],
    ["above it the room, not what is left", { headroom: 0.5, room: 2 }, {}],
    ["of equals the one that would lose more", { neededPerHour: 2, conversations: 9 }, {}],
    ["then the one with fewer conversations", { conversations: 0, lastUsedAt: 9 }, {}],
    ["then the one that rested longest", {}, { lastUsedAt: 1 }]
  ]
  for (const [name, first, other] of before)
    it(name, () => {
      assert.isBelow(compare(compared(first), compared(other)), 0)
      assert.isAbove(compare(compared(other), compared(first)), 0)
    })
})
