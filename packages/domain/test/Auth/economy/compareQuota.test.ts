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
