/** What a gateway says of the pace at which plans are used. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { forecast, type UsageSample } from "@clawdbot/domain/Health/forecast"
import * as Health from "@clawdbot/domain/Health/HealthDocument"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import type { Window } from "@clawdbot/domain/Health/Window"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { QuotaPace, withSample } from "../../src/control/QuotaPace.ts"
import { adminToken, ask, emptyStatus, withGateway } from "../world.ts"

const minute = 60_000
const start = Date.UTC(2026, 10, 29, 13, 0)
const reset = Date.UTC(2026, 10, 29, 15, 5)
const profile = ProfileId.of("anthropic:plan")

/** What an agent's health shows after a response at a time. */
const shown = (
  at: number,
  utilization: number,
  more: Partial<Window> = {}
): Health.HealthDocument => ({
  ...Health.empty,
  profiles: new Map([
    [
      profile,
      {
        ...Health.unknown("mark"),
        windows: [
          {
            scope: "5h",
            class: "usage",
            source: "unified-reset",
            until: reset,
            observedAt: at,
            utilization,
            ...more
          }
        ]
      }
    ]
  ])
})

const statusOf = (owner: string): AuthStatus => ({
  ...emptyStatus,
  windows: [
    {
      profileId: profile,
      scope: "5h",
      class: "usage",
      source: "unified-reset",
      until: reset,
      remainingMs: 1,
      utilization: 0.6
    }
  ],
  explanation: {
    ...emptyStatus.explanation,
    candidates: [
      { profile, kind: "token", owner, state: "ready", place: "preferred", obstacles: [] }
    ]
  }
})

const told = (pace: QuotaPace, now: number, owner = "main") =>
  pace.withForecasts(AgentId.main, statusOf(owner), now).windows.map(({ forecast }) => forecast)

/** A gateway that saw 50, 55 and 60 % of the five hours, ten minutes apart. */
const seen = (times = 3) => {
  const pace = new QuotaPace()
  for (let turn = 0; turn < times; turn++)
    pace.note(AgentId.main, shown(start + turn * 10 * minute, 0.5 + turn * 0.05))
  return pace
}

describe("QuotaPace", () => {
  it("says when a window ends at its pace, and after two responses that it is too early", () => {
    const now = start + 20 * minute
    assert.deepStrictEqual(told(seen(), now), [
      { _tag: "Ends", at: Date.UTC(2026, 10, 29, 14, 40) }
    ])
    assert.deepStrictEqual(told(seen(2), now), [{ _tag: "TooEarly" }])
    assert.deepStrictEqual(told(new QuotaPace(), now), [undefined])
  })

  it("counts a response once, however often health is read", () => {
    const pace = seen(2)
    for (let turn = 0; turn < 5; turn++) pace.note(AgentId.main, shown(start + 10 * minute, 0.55))
    assert.deepStrictEqual(told(pace, start + 20 * minute), [{ _tag: "TooEarly" }])
  })

  it("begins anew with the next window", () => {
    const pace = seen()
    const next = { until: reset + 5 * 60 * minute }
    pace.note(AgentId.main, shown(reset + minute, 0.01, next))
    assert.deepStrictEqual(told(pace, reset + minute), [{ _tag: "TooEarly" }])
  })

  it("finds a profile that is inherited with its owner, and one of nobody with the agent", () => {
    const now = start + 20 * minute
    assert.deepStrictEqual(told(seen(), now, "other"), [undefined])
    assert.strictEqual(told(seen(), now, "")[0]?._tag, "Ends")
  })

  it("keeps the newest of each half minute, for half an hour, whatever the traffic", () => {
    let samples: ReadonlyArray<UsageSample> = []
    // 100 % in 1,000 minutes, a response each second.
    for (let second = 0; second <= 3_600; second++)
      samples = withSample(samples, { at: start + second * 1_000, utilization: second / 60_000 })
    assert.strictEqual(samples.length, 61)
    const now = start + 60 * minute
    assert.strictEqual(samples.at(-1)?.at, now)
    assert.deepStrictEqual(forecast(samples, now + 60 * minute, now), { _tag: "Lasts" })
    // One that arrives late changes nothing.
    assert.strictEqual(withSample(samples, { at: now - minute, utilization: 1 }), samples)
  })

  it("does not follow limits that are no window of a plan", () => {
    const pace = new QuotaPace()
    for (let turn = 0; turn < 3; turn++) {
      const at = start + turn * 10 * minute
      const utilization = 0.5 + turn * 0.05
      pace.note(AgentId.main, shown(at, utilization, { source: "ratelimit-reset" }))
      pace.note(AgentId.main, shown(at, utilization, { scope: "overage" }))
    }
    assert.deepStrictEqual(told(pace, start + 20 * minute), [undefined])
  })
})

describe("a gateway", () => {
  it.scopedLive("tells the pace in its status and its figures, and not in answers", () =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const until = now + 105 * minute
      const [window] = statusOf("main").windows
      if (window === undefined) return assert.fail("there is no window")
      const status = { ...statusOf("main"), windows: [{ ...window, until }] }
      yield* withGateway(
        {
          script: { ka: Script.always(Script.ok()) },
          gateway: { status: () => Effect.succeed(status) }
        },
        (started) =>
          Effect.gen(function* () {
            const healths = yield* HealthStore
            const got = (path: string) =>
              ask(started, { path, method: "GET", headers: { "x-api-key": adminToken } })
            for (const [ago, utilization] of [
              [20, 0.5],
              [10, 0.55],
              [0, 0.6]
            ] as const) {
              const at = now - ago * minute
              const usage = { scope: "5h", class: "usage", source: "unified-reset" } as const
              yield* healths.record(AgentId.main, profile, "mark", {
                _tag: "Succeeded",
                at,
                startedAt: at,
                target: anyRequest,
                windows: [{ ...usage, until, observedAt: at, utilization }]
              })
              yield* got("/clawdbot/status")
            }
            const endsAt = now + 80 * minute
            const { text } = yield* got("/clawdbot/status")
            assert.deepStrictEqual(JSON.parse(text).windows[0].forecast, {
              _tag: "Ends",
              at: endsAt
            })
            assert.include(
              (yield* got("/metrics")).text,
              'clawdbot_quota_forecast_end_timestamp_seconds{agent="main",' +
                `profile="anthropic:plan",scope="5h"} ${endsAt / 1_000}`
            )
            const answer = yield* ask(started)
            assert.notInclude(answer.text, "forecast")
          })
      )
    })
  )
})
