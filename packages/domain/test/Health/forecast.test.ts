/** When a window of a plan is used up at the pace of the last half hour. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { forecast, forecastWords, type UsageSample } from "../../src/Health/forecast.ts"

const minute = 60_000
const at = (hour: number, minutes: number) => Date.UTC(2026, 10, 29, hour, minutes)
const reset = at(15, 5)

const samples = (
  ...given: ReadonlyArray<readonly [at: number, utilization: number]>
): ReadonlyArray<UsageSample> => given.map(([at, utilization]) => ({ at, utilization }))

const rising = samples([at(13, 0), 0.5], [at(13, 10), 0.55], [at(13, 20), 0.6])

describe("a forecast (decision D55)", () => {
  it(".50, .55, .60 ten minutes apart: full at 14:40, before the reset at 15:05", () => {
    const found = forecast(rising, reset, at(13, 20))
    assert.deepStrictEqual(found, { _tag: "Ends", at: at(14, 40) })
    assert.strictEqual(
      forecastWords({ scope: "5h", until: reset, forecast: found }, at(13, 20)),
      "At this pace the 5-hour window ends at 14:40 UTC; it resets at 15:05 UTC."
    )
  })

  it("names the day where it is another one", () => {
    const words = forecastWords(
      {
        scope: "7d:opus",
        until: Date.UTC(2026, 11, 3, 8, 0),
        forecast: { _tag: "Ends", at: Date.UTC(2026, 11, 1, 9, 30) }
      },
      at(13, 0)
    )
    assert.strictEqual(
      words,
      "At this pace the 7-day opus window ends at 2026-12-01 09:30 UTC; it resets at " +
        "2026-12-03 08:00 UTC."
    )
  })

  const early: ReadonlyArray<readonly [string, ReadonlyArray<UsageSample>, now: number]> = [
    ["two samples", rising.slice(0, 2), at(13, 20)],
    [
      "less than ten minutes",
      samples([at(13, 0), 0.5], [at(13, 4), 0.55], [at(13, 9), 0.6]),
      at(13, 20)
    ],
    [
      "less than two in a hundred",
      samples([at(13, 0), 0.5], [at(13, 10), 0.505], [at(13, 20), 0.519]),
      at(13, 20)
    ],
    ["samples that are older than half an hour", rising, at(13, 45)]
  ]
  for (const [name, given, now] of early)
    it(`${name}: too early to say`, () => {
      const found = forecast(given, reset, now)
      assert.deepStrictEqual(found, { _tag: "TooEarly" })
      assert.isUndefined(forecastWords({ scope: "5h", until: reset, forecast: found }, now))
    })

  it("exactly two in a hundred over exactly ten minutes is enough", () => {
    const given = samples([at(13, 0), 0.5], [at(13, 5), 0.51], [at(13, 10), 0.52])
    assert.strictEqual(forecast(given, at(23, 0), at(13, 10))?._tag, "Ends")
  })

  it("says nothing of a window that is full, over, or without a known reset", () => {
    const full = samples([at(13, 0), 0.8], [at(13, 10), 0.9], [at(13, 20), 1])
    assert.isUndefined(forecast(full, reset, at(13, 20)))
    assert.isUndefined(forecast(rising, at(13, 20), at(13, 20)))
    assert.isUndefined(forecast(rising, 0, at(13, 20)))
    assert.isUndefined(forecast([], reset, at(13, 20)))
  })

  it("never ends before now nor after the reset, and a faster pace never ends later", () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 10 * minute }), fc.integer({ min: -2, max: 8 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(400), (steps, left) => {
        let time = at(13, 0)
        let used = 0.3
        const given = steps.map(([pause, change]): UsageSample => {
          time += pause
          used = Math.min(0.9, Math.max(0, used + change / 100))
          return { at: time, utilization: used }
        })
        const until = time + left * minute
        const found = forecast(given, until, time)
        if (found?._tag !== "Ends") return
        assert.isAtLeast(found.at, time)
        assert.isBelow(found.at, until + 1)
        const faster = given.map((sample, index) => ({
          at: sample.at,
          utilization: sample.utilization + index * 1e-4
        }))
        const sooner = forecast(faster, until, time)
        assert.strictEqual(sooner?._tag, "Ends")
        if (sooner?._tag === "Ends") assert.isAtMost(sooner.at, found.at)
      })
    )
  })
})
