/** How much a plan holds, by what was spent and what that used. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import {
  keepMs,
  maxPieces,
  type PlanSize,
  unread,
  usdOf,
  withReading
} from "../../../src/Auth/economy/PlanSize.ts"
import { maxPlans, PlanSizes } from "../../../src/Auth/economy/PlanSizes.ts"
import type { Window } from "../../../src/Health/Window.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"

const now = 1_800_000_000_000
const hour = 60 * 60_000
const endsAt = now + 5 * hour

/** Readings as `[used, all that was spent]`. */
const learned = (readings: ReadonlyArray<readonly [used: number, usd: number]>): PlanSize =>
  readings.reduce((known, [used, usd]) => withReading(known, { used, endsAt }, usd, now), unread)

/** What a program does with a plan: answers of its own, and use by others. */
const step = fc.record({
  usd: fc.double({ min: 0.001, max: 1, noNaN: true }),
  others: fc.double({ min: 0, max: 0.5, noNaN: true }),
  hours: fc.constantFrom(0.01, 0.3, 6)
})

/** Lives through steps with a plan that holds `size` USD; `hears` gets what each answer says. */
const live = (
  size: number,
  steps: ReadonlyArray<{ readonly usd: number; readonly others: number; readonly hours: number }>,
  hears: (used: number, end: number, spent: number, at: number) => void
) => {
  let [at, end, exact, spent] = [now, endsAt, 0, 0]
  for (const { hours, others, usd } of steps) {
    at += hours * hour
    if (at >= end) {
      end = at + 5 * hour
      exact = 0
    }
    exact += (usd + others) / size
    spent += usd
    hears(Math.min(1, Math.floor(exact * 100) / 100), end, spent, at)
  }
  return at
}

describe("the size of a plan", () => {
  const rows: ReadonlyArray<
    readonly [string, ReadonlyArray<readonly [used: number, usd: number]>, number | undefined]
  > = [
    ["is unknown after one reading", [[0.3, 5]], undefined],
    [
      "is unknown until 2 % were used",
      [
        [0.3, 5],
        [0.31, 5.2]
      ],
      undefined
    ],
    [
      "is known from then on",
      [
        [0.3, 5],
        [0.32, 5.4]
      ],
      20
    ],
    [
      "counts nothing of a window that is full",
      [
        [0.9, 1],
        [1, 9]
      ],
      undefined
    ],
    [
      "counts nothing that others used alone",
      [
        [0.1, 1],
        [0.3, 1]
      ],
      undefined
    ],
    [
      "is that of the pieces in which nobody else used the plan",
      [
        [0, 0],
        [0.1, 2],
        [0.4, 2.5],
        [0.5, 4.5],
        [0.9, 5]
      ],
      20
    ]
  ]
  for (const [name, readings, expected] of rows)
    it(name, () => {
      const found = usdOf(learned(readings), now)
      if (expected === undefined || found === undefined) assert.strictEqual(found, expected)
      else assert.approximately(found, expected, 1e-9)
    })

  it("begins a new piece with a new window, and forgets what is old", () => {
    const before = learned([[0.9, 1]])
    const next = withReading(before, { used: 0.95, endsAt: endsAt + 5 * hour }, 3, now)
    assert.isUndefined(usdOf(next, now))
    const known = learned([
      [0.3, 5],
      [0.32, 5.4]
    ])
    assert.approximately(usdOf(known, now + keepMs) ?? 0, 20, 1e-9)
    assert.isUndefined(usdOf(known, now + keepMs + 1))
  })

  it("is never more than the plan holds but for rounding, whoever else uses it", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4, max: 400, noNaN: true }),
        fc.array(step, { maxLength: 300 }),
        (size, steps) => {
          let known = unread
          const at = live(size, steps, (used, end, spent, at) => {
            known = withReading(known, { used, endsAt: end }, spent, at)
            assert.isAtMost(known.pieces.length, maxPieces)
          })
          const found = usdOf(known, at)
          // Two percent that are told may be nearly three that were used.
          if (found !== undefined) assert.isAtMost(found, 1.5 * size + 1e-6)
        }
      )
    )
  })

  it("is found within a fifth by a program that is alone with it", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4, max: 400, noNaN: true }),
        fc.array(fc.double({ min: 0.001, max: 0.03, noNaN: true }), {
          minLength: 300,
          maxLength: 400
        }),
        (size, shares) => {
          let known = unread
          const steps = shares.map((share) => ({ usd: share * size, others: 0, hours: 0.02 }))
          const at = live(size, steps, (used, end, spent, at) => {
            known = withReading(known, { used, endsAt: end }, spent, at)
          })
          assert.approximately((usdOf(known, at) ?? 0) / size, 1, 0.2)
        }
      ),
      { numRuns: 30 }
    )
  })
})

describe("the sizes of plans", () => {
  const holderOf = (name: string) => ({ owner: AgentId.main, profile: ProfileId.of(name) })
  const windowOf = (utilization: number, scope = "5h"): Window => ({
    scope,
    class: "usage",
    source: "unified-reset",
    until: endsAt,
    observedAt: now,
    utilization
  })

  it("are learned of each plan of each agent, with the middle of them for the others", () => {
    const sizes = new PlanSizes()
    const sizeOf = { a: 4, b: 80, c: 20 }
    assert.isUndefined(sizes.median)
    for (const [name, size] of Object.entries(sizeOf)) {
      const holder = holderOf(name)
      sizes.read(holder, [windowOf(0.9, "7d"), windowOf(0.1)], now)
      sizes.spend(holder, size / 10)
      sizes.read(holder, [windowOf(0.9, "7d"), windowOf(0.2)], now)
      assert.approximately(sizes.find(holder) ?? 0, size, 1e-9)
    }
    assert.approximately(sizes.median ?? 0, 20, 1e-9)
    assert.isUndefined(sizes.find(holderOf("d")))
    assert.isUndefined(sizes.find({ ...holderOf("a"), owner: AgentId.AgentId.make("other") }))
  })

  it("learn nothing of keys, of windows that are over, or of plans beyond the most", () => {
    const sizes = new PlanSizes()
    sizes.read(holderOf("key"), [{ ...windowOf(0.5), source: "ratelimit-reset" }], now)
    sizes.read(holderOf("over"), [windowOf(0.5)], endsAt)
    assert.strictEqual(sizes.size, 0)
    for (let index = 0; index <= maxPlans; index++) sizes.spend(holderOf(`p${index}`), 1)
    assert.strictEqual(sizes.size, maxPlans)
  })
})
