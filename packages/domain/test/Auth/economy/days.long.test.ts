/**
 * Twenty days of people on a few plans, by this program's rule and by those of others. The days,
 * the sizes and the seeds were written down before the rule was. The picture of
 * `docs/scheduling.md` is drawn from this run.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import { type Day, dayOf } from "./day.ts"
import { economy } from "./ours.ts"
import { pictureOf } from "./picture.ts"
import { live, type Outcome, type Rule } from "./provider.ts"
import { everyRequest, roundRobin, threshold } from "./rivals.ts"

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
const days: ReadonlyArray<Day> = seeds.map(dayOf)
const by = (rule: () => Rule): ReadonlyArray<Outcome> => days.map((day) => live(day, rule()))

const total = ({ listUsd, waitUsd }: Outcome): number => listUsd + waitUsd
const list = ({ listUsd }: Outcome): number => listUsd
const hours = ({ waitHours }: Outcome): number => waitHours

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return ((sorted[9] ?? Number.NaN) + (sorted[10] ?? Number.NaN)) / 2
}

const sum = (outcomes: ReadonlyArray<Outcome>, of: (outcome: Outcome) => number): number =>
  outcomes.reduce((all, outcome) => all + of(outcome), 0)

/** What each day cost by one rule, as a share of what it cost by another. */
const shares = (
  ours: ReadonlyArray<Outcome>,
  theirs: ReadonlyArray<Outcome>,
  of: (outcome: Outcome) => number
): ReadonlyArray<number> =>
  ours.map((outcome, index) => {
    const other = theirs[index]
    return other === undefined ? Number.NaN : of(outcome) / of(other)
  })

describe("twenty days", () => {
  it("cost less by quota and reset than by the rules of others", { timeout: 300_000 }, async () => {
    const ours = by(economy)
    const rivals = {
      "98 %": by(threshold),
      "in turn, by conversation": by(roundRobin),
      "in turn, by request": by(everyRequest)
    }
    const figures = Object.entries(rivals).map(([name, theirs]) => {
      const all = shares(ours, theirs, total)
      const money = shares(ours, theirs, list)
      return [
        name,
        `with waiting: median ${median(all).toFixed(2)}`,
        `worst ${Math.max(...all).toFixed(2)}`,
        `sum ${(sum(ours, total) / sum(theirs, total)).toFixed(2)}`,
        `list price: median ${median(money).toFixed(2)}`,
        `worst ${Math.max(...money).toFixed(2)}`,
        `hours of waiting: ${Math.round(sum(theirs, hours))}`
      ].join("; ")
    })
    assert.deepStrictEqual(figures, [
      "98 %; with waiting: median 0.51; worst 0.97; sum 0.36; " +
        "list price: median 0.88; worst 0.97; hours of waiting: 1478",
      "in turn, by conversation; with waiting: median 0.94; worst 1.09; sum 0.80; " +
        "list price: median 0.97; worst 1.01; hours of waiting: 531",
      "in turn, by request; with waiting: median 0.11; worst 0.57; sum 0.08; " +
        "list price: median 0.47; worst 0.76; hours of waiting: 8815"
    ])
    for (const name of ["98 %", "in turn, by request"] as const)
      assert.isAtMost(Math.max(...shares(ours, rivals[name], total)), 1, name)
    assert.strictEqual(Math.round(sum(ours, hours)), 388)
    // Plans' windows end hours away: no wait pays.
    assert.strictEqual(
      sum(ours, ({ holds }) => holds),
      0
    )
    const colors = ["#2f6fde", "#d9822b", "#8a8a8a"]
    const series = Object.entries(rivals).map(([name, theirs], index) => ({
      name,
      color: colors[index] ?? "",
      shares: shares(ours, theirs, total)
    }))
    await expect(
      pictureOf("What a day cost by quota, as a share of other rules", series)
    ).toMatchFileSnapshot("../../../../../docs/images/scheduling.svg")
  })
})
