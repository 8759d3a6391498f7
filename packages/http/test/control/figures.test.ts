/** What the figures say of tokens, of the time to the first byte, and of profiles. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AgentFigures from "../../src/control/agentFigures.ts"
import { Histogram } from "../../src/control/Histogram.ts"
import { Metrics } from "../../src/control/Metrics.ts"
import { maxPairs } from "../../src/control/PairSums.ts"
import { RequestRecord, type RequestReport } from "../../src/control/RequestLog.ts"
import { TokenCounts } from "../../src/control/TokenCounts.ts"
import { adminToken, ask, emptyStatus, type Started, streaming, withGateway } from "../world.ts"
import { checkExposition } from "./exposition.ts"

const report: RequestReport = {
  startedAt: 1_000,
  endedAt: 9_000,
  method: "POST",
  path: "/v1/messages",
  status: 200,
  attempts: []
}
const shown = (metrics: Metrics, figures: AgentFigures.AgentFigures = AgentFigures.none) =>
  checkExposition(metrics.render({ ...figures, open: 0, counts: [], version: "1.2.3" }))

const got = (started: Started, path: string) =>
  Effect.map(
    ask(started, { path, method: "GET", headers: { "x-api-key": adminToken } }),
    ({ text }) => text
  )

describe("tokens", () => {
  it("are summed by profile, model and kind, and kinds that were not used have no series", () => {
    const metrics = new Metrics()
    const profile = ProfileId.of("anthropic:a")
    const usage = { ...Usage.zero, input: 10, output: 2, cacheRead: 500, cacheWrite1h: 7 }
    metrics.add({ ...report, model: "claude-opus-4-5" }, [{ profile, usage }])
    metrics.add({ ...report, model: "claude-opus-4-5" }, [{ profile, usage }])
    metrics.add({ ...report, model: "claude-opus-4-5" }, [{ profile, usage: undefined }])
    const tokens = [...shown(metrics)].filter(([series]) => series.includes("tokens_total"))
    const series = (kind: string) =>
      `clawdbot_tokens_total{profile="anthropic:a",model="claude-opus-4-5",kind="${kind}"}`
    assert.deepStrictEqual(tokens, [
      [series("input"), 20],
      [series("output"), 4],
      [series("cache_read"), 1_000],
      [series("cache_write_1h"), 14]
    ])
  })

  it("of more models than are kept apart are counted together, and none is lost", () => {
    const counts = new TokenCounts()
    const used = { profile: ProfileId.of("anthropic:a"), usage: { ...Usage.zero, output: 3 } }
    for (let at = 0; at < maxPairs + 500; at++) counts.add(`model-${at}`, used)
    const lines = counts.samples("t")
    assert.strictEqual(lines.length, maxPairs + 1)
    assert.include(lines, 't{profile="other",model="other",kind="output"} 1500')
  })
})

describe("the time to the first byte", () => {
  it("is counted for streams and whole answers apart, and only where an answer began", () => {
    const metrics = new Metrics()
    metrics.add({ ...report, stream: true, firstByteAt: 1_400 }, [])
    metrics.add({ ...report, stream: true, firstByteAt: 3_200 }, [])
    metrics.add({ ...report, stream: false, firstByteAt: 8_900 }, [])
    metrics.add({ ...report, status: 503 }, [])
    const samples = shown(metrics)
    const of = (label: string, rest: string) =>
      samples.get(`clawdbot_time_to_first_byte_seconds_${rest.replace("#", `stream="${label}"`)}`)
    assert.strictEqual(of("true", 'bucket{#,le="0.5"}'), 1)
    assert.strictEqual(of("true", 'bucket{#,le="2"}'), 1)
    assert.strictEqual(of("true", 'bucket{#,le="3"}'), 2)
    assert.strictEqual(of("true", "sum{#}"), 2.6)
    assert.strictEqual(of("false", "count{#}"), 1)
  })

  it("goes to no bucket but the last when it is longer than all bounds", () => {
    const histogram = new Histogram([1, 2])
    histogram.add(5_000)
    histogram.add(-5)
    assert.deepStrictEqual(histogram.samples("h"), [
      'h_bucket{le="1"} 1',
      'h_bucket{le="2"} 1',
      'h_bucket{le="+Inf"} 2',
      "h_sum 5",
      "h_count 2"
    ])
  })

  it.scopedLive(
    "is in the record and in the access log, before the end and after the start",
    () => {
      const lines: Array<string> = []
      const script = { ka: () => Script.ok({ gapMs: 20 }) }
      const accessLog = (line: string) => void lines.push(line)
      return withGateway({ script, gateway: { accessLog } }, (started) =>
        Effect.gen(function* () {
          yield* ask(started, { body: streaming })
          const text = yield* got(started, "/clawdbot/requests")
          const Records = Schema.parseJson(Schema.Array(RequestRecord))
          const [record] = yield* Schema.decode(Records)(text)
          const { endedAt = 0, firstByteAt = 0, startedAt = 0, stream } = record ?? {}
          assert.isTrue(stream)
          assert.isAtLeast(firstByteAt, startedAt)
          assert.isBelow(firstByteAt, endedAt)
          const line: unknown = JSON.parse(lines[0] ?? "")
          assert.deepInclude(line, { stream: true, firstByteMs: firstByteAt - startedAt })
          const samples = checkExposition(yield* got(started, "/metrics"))
          assert.strictEqual(
            samples.get('clawdbot_time_to_first_byte_seconds_count{stream="true"}'),
            1
          )
        })
      )
    }
  )

  it.scopedLive("is absent where no answer began", () =>
    withGateway({ script: { ka: Script.always(Script.rateLimited({})) } }, (started) =>
      Effect.gen(function* () {
        yield* ask(started)
        assert.notInclude(yield* got(started, "/clawdbot/requests"), "firstByteAt")
      })
    )
  )
})

const until = 1_900_000_000_000
const window = { profileId: "anthropic:a", source: "unified-reset", until, remainingMs: 1 }
const status: AuthStatus = {
  ...emptyStatus,
  unusableProfiles: [
    {
      profileId: "anthropic:a",
      kind: "cooldown",
      until,
      remainingMs: 1,
      scope: "5h",
      stated: true
    }
  ],
  windows: [
    { ...window, scope: "5h", class: "usage", utilization: 0.25 },
    { ...window, scope: "group:opus-4", class: "rate_limit", source: "retry-after" },
    // Two records of the same limit, from two places.
    { ...window, scope: "group:opus-4", class: "rate_limit", source: "usageStats", until: 5 }
  ],
  oauth: {
    warnAfterMs: 0,
    providers: [],
    profiles: [
      {
        profileId: "anthropic:a",
        provider: "anthropic",
        type: "oauth",
        status: "ok",
        expiresAt: until,
        source: "store",
        label: "a",
        refreshable: true
      },
      {
        profileId: "anthropic:key",
        provider: "anthropic",
        type: "api_key",
        status: "static",
        source: "store",
        label: "key",
        refreshable: false
      }
    ]
  },
  explanation: {
    ...emptyStatus.explanation,
    candidates: [
      {
        profile: "env:ANTHROPIC_API_KEY",
        kind: "api_key",
        owner: "",
        state: "cooling",
        place: "after the stored profiles",
        obstacles: [{ scope: "credential", class: "billing", source: "ladder", until }]
      }
    ]
  }
}

describe("the profiles", () => {
  it("have their limits, cooldowns and ends, those outside the stores too", () => {
    const samples = shown(new Metrics(), AgentFigures.of(AgentId.normalize("main"), status))
    const profiles = [...samples].filter(([series]) => series.includes("profile="))
    const a = 'agent="main",profile="anthropic:a"'
    const key = 'agent="main",profile="env:ANTHROPIC_API_KEY"'
    const end = "clawdbot_cooldown_end_timestamp_seconds"
    assert.deepStrictEqual(profiles, [
      [`clawdbot_profile_resting{${a},kind="cooldown"}`, 1],
      [`clawdbot_profile_resting{${key},kind="cooldown"}`, 1],
      [`${end}{${a},scope="group:opus-4",class="rate_limit"}`, 1_900_000_000],
      [`${end}{${key},scope="credential",class="billing"}`, 1_900_000_000],
      [`clawdbot_quota_utilization_ratio{${a},scope="5h"}`, 0.25],
      [`clawdbot_quota_reset_timestamp_seconds{${a},scope="5h"}`, 1_900_000_000],
      [`clawdbot_login_expiry_timestamp_seconds{${a},refreshable="true"}`, 1_900_000_000]
    ])
  })
})
