/** What a running gateway foresees, in the reports that show it. */
import type { ProfileWindow } from "@clawdbot/domain/Status/AuthStatus"
import { assert, describe, it } from "@effect/vitest"
import { withForecasts } from "../src/forecasts.ts"
import { allForecastLines, forecastLines } from "../src/forecastText.ts"

const now = Date.UTC(2026, 10, 29, 13, 20)
const week: ProfileWindow = {
  profileId: "anthropic:plan",
  scope: "7d",
  class: "usage",
  source: "unified-reset",
  until: Date.UTC(2026, 11, 3, 8, 0),
  remainingMs: 1,
  utilization: 0.2
}
const hours: ProfileWindow = { ...week, scope: "5h", until: Date.UTC(2026, 10, 29, 15, 5) }
const ends = { _tag: "Ends", at: Date.UTC(2026, 10, 29, 14, 40) } as const

describe("forecasts", () => {
  it("of a gateway are added to the windows they are about, and to no others", () => {
    const blocking: ProfileWindow = { ...hours, class: "rate_limit" }
    const other: ProfileWindow = { ...hours, profileId: "anthropic:other" }
    const { remainingMs: _, source: __, utilization: ___, ...told } = hours
    assert.deepStrictEqual(
      withForecasts([week, hours, blocking, other], [{ ...told, forecast: ends }]).map(
        ({ forecast }) => forecast
      ),
      [undefined, ends, undefined, undefined]
    )
  })

  it("are a sentence each; that it is too early is said where a person asks why", () => {
    const windows: ReadonlyArray<ProfileWindow> = [
      { ...hours, forecast: ends },
      { ...week, forecast: { _tag: "TooEarly" } },
      { ...week, scope: "7d:opus", forecast: { _tag: "Lasts" } }
    ]
    const sentence = "At this pace the 5-hour window ends at 14:40 UTC; it resets at 15:05 UTC."
    assert.deepStrictEqual(forecastLines(windows, "anthropic:plan", now), [sentence])
    assert.deepStrictEqual(allForecastLines(windows, "anthropic:plan", now), [
      sentence,
      "7-day window: too early to say when it is used up"
    ])
    assert.deepStrictEqual(allForecastLines(windows, "anthropic:other", now), [])
  })
})
