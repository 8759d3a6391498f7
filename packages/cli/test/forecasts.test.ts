/** What a running gateway foresees, in the reports that show it. */

import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import type { ProfileWindow } from "@clawdbot/domain/Status/AuthStatus"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { withForecasts } from "../src/forecasts.ts"
import { allForecastLines, forecastLines } from "../src/forecastText.ts"
import { planted } from "./clawdbot.ts"
import { freshHome, put, run } from "./commandLine.ts"
import { atGatewaySocket } from "./gateway/atGatewaySocket.ts"

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

const secretFingerprint = Credential.secretFingerprint({
  type: "token",
  provider: ProviderId.anthropic,
  token: Redacted.make(planted.setupToken),
  extra: Credential.noExtra
})

/** A home with a plan whose five hours are half used. */
const homeWithPlan = (until: number) =>
  Effect.gen(function* () {
    const home = yield* freshHome
    const folder = ".clawdbot/agents/main/agent"
    const plan = { type: "token", provider: "anthropic", token: planted.setupToken }
    const profiles = { "anthropic:plan": plan }
    yield* put(home, `${folder}/auth-profiles.json`, JSON.stringify({ version: 1, profiles }))
    const { profileId: _, remainingMs: __, ...window } = hours
    const windows = [{ ...window, until, observedAt: until - 3 * 3_600_000 }]
    const health = { version: 1, profiles: { "anthropic:plan": { secretFingerprint, windows } } }
    yield* put(home, `${folder}/auth-health.json`, JSON.stringify(health))
    return home
  })

describe("beside a running gateway", () => {
  const sentence = /At this pace the 5-hour window\s+ends at [-\d: ]+ UTC;\s+it resets at/

  it.scopedLive("the reports say what it foresees, and nothing without it", () =>
    Effect.gen(function* () {
      const until = (yield* Clock.currentTimeMillis) + 2 * 3_600_000
      const home = yield* homeWithPlan(until)
      const reports = Effect.forEach(
        [
          ["models", "status"],
          ["models", "status", "--verbose"],
          ["models", "auth", "explain"]
        ],
        (argv) => Effect.map(run(home, argv), ({ stdout }) => stdout)
      )
      for (const text of yield* reports) assert.notMatch(text, sentence)
      const asked: Array<string> = []
      yield* atGatewaySocket(home, (request, response) => {
        asked.push(`${request.method} ${request.url}`)
        const foreseen = {
          ...hours,
          until,
          holdsUsd: 20,
          forecast: { _tag: "Ends", at: until - 1_500_000 }
        }
        response.end(JSON.stringify({ storePath: "", windows: [foreseen, week] }))
      })
      for (const text of yield* reports) assert.match(text, sentence)
      assert.deepStrictEqual([...new Set(asked)], ["GET /clawdbot/status?agent=main"])
      const json = yield* run(home, ["models", "status", "--json"])
      assert.deepStrictEqual(
        JSON.parse(json.stdout).auth.windows.map((window: ProfileWindow) => window.forecast),
        [{ _tag: "Ends", at: until - 1_500_000 }]
      )
    })
  )

  it.scopedLive("one that answers something else is as good as none", () =>
    Effect.gen(function* () {
      const home = yield* homeWithPlan((yield* Clock.currentTimeMillis) + 3_600_000)
      yield* atGatewaySocket(home, (_request, response) => response.end('{"windows":7}'))
      const { status, stderr, stdout } = yield* run(home, ["models", "status"])
      assert.strictEqual(status, 0)
      assert.strictEqual(stderr, "")
      assert.notMatch(stdout, sentence)
    })
  )
})
