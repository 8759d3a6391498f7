import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentFigures from "../../src/control/agentFigures.ts"
import { Metrics } from "../../src/control/Metrics.ts"
import * as Gateway from "../../src/startGateway.ts"
import { adminToken, ask, gatewayOptions, streaming, withGateway } from "../world.ts"
import { checkExposition } from "./exposition.ts"

describe("operation", () => {
  it("metrics stay in the exposition format, whatever a profile is called", () => {
    const metrics = new Metrics()
    const attempt = {
      startedAt: 0,
      endedAt: 1,
      result: "refused",
      failureClass: "rate_limit"
    } as const
    for (const name of ['a"b', "a\\b", "a\nb"]) {
      const profile = name as ProfileId
      const usage = { ...Usage.zero, input: 1 }
      metrics.add(
        {
          startedAt: 0,
          endedAt: 1_000_000,
          method: "POST",
          path: "/v1/messages",
          model: name,
          status: 200,
          attempts: [{ ...attempt, profile }]
        },
        [{ profile, usage }]
      )
    }
    const seen = checkExposition(
      metrics.render({
        ...AgentFigures.none,
        open: 3,
        coolingDown: [{ agent: "main", profileId: 'x"y', kind: "cooldown" }],
        counts: [
          {
            type: "counter",
            name: "clawdbot_oauth_refreshes_total",
            help: "Refreshes.",
            label: "result",
            values: new Map([
              ["granted", 2],
              ["offline", 1]
            ])
          },
          {
            type: "counter",
            name: "clawdbot_a_total",
            help: "A.",
            label: undefined,
            values: new Map([["", 4]])
          }
        ],
        version: "1.2.3"
      })
    )
    assert.strictEqual(seen.get('clawdbot_request_duration_seconds_bucket{le="600"}'), 0)
    assert.strictEqual(seen.get('clawdbot_request_duration_seconds_bucket{le="+Inf"}'), 3)
    assert.strictEqual(seen.get('clawdbot_oauth_refreshes_total{result="granted"}'), 2)
    assert.strictEqual(seen.get("clawdbot_a_total{}"), 4)
    assert.strictEqual(seen.get('clawdbot_build_info{version="1.2.3"}'), 1)
  })

  it("the check itself finds what promtool finds", () => {
    const good = "# HELP a_total Some.\n# TYPE a_total counter\na_total 1\n"
    checkExposition(good)
    for (const bad of [
      good.trimEnd(),
      "a_total 1\n",
      good.replace("# HELP a_total Some.\n", ""),
      good.replaceAll("a_total", "a"),
      good.replace("Some.", ""),
      `${good}a_total 2\n`,
      `${good}# HELP b B.\n# TYPE b gauge\nb 1\na_total{x="y"} 2\n`,
      good.replace("a_total 1", 'a_total{x="a"b"} 1'),
      good.replace("a_total 1", 'a_total{x="a",x="b"} 1'),
      good.replace("a_total 1", "a_total one"),
      good.replaceAll("a_total", "a_ms_total"),
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\n' +
        "h_count 1\n",
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n'
    ]) {
      assert.throws(() => checkExposition(bad), undefined, undefined, bad)
    }
  })

  it.scopedLive("figures and log lines tell every answer and why, and no secret", () => {
    const lines: Array<string> = []
    return withGateway(
      {
        script: {
          ka: Script.always(Script.rateLimited({ "retry-after": "60" })),
          kb: () => Script.ok()
        },
        gateway: { accessLog: (line) => void lines.push(line) }
      },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started)
          yield* ask(started)
          yield* ask(started, { headers: { "x-api-key": "planted-wrong-token" } })
          assert.strictEqual((yield* ask(started, { path: "/metrics", method: "GET" })).status, 401)
          const { text } = yield* ask(started, {
            path: "/metrics",
            method: "GET",
            headers: { "x-api-key": adminToken }
          })
          const seen = checkExposition(text)
          assert.strictEqual(seen.get('clawdbot_requests_total{status="200",refused=""}'), 2)
          assert.strictEqual(
            seen.get('clawdbot_requests_total{status="401",refused="ClientTokenRefused"}'),
            1
          )
          assert.strictEqual(
            seen.get(
              'clawdbot_attempts_total{profile="anthropic:ka",result="refused",class="rate_limit"}'
            ),
            1
          )
          const told = lines.map((line) => JSON.parse(line))
          assert.deepStrictEqual(
            told
              .slice(0, 3)
              .map(({ attempts, refused, status }) => [
                status,
                attempts.map((one: { profile: string; result: string; class?: string }) => [
                  one.profile,
                  one.result,
                  one.class
                ]),
                refused
              ]),
            [
              [
                200,
                [
                  ["anthropic:ka", "refused", "rate_limit"],
                  ["anthropic:kb", "answered", undefined]
                ],
                undefined
              ],
              [200, [["anthropic:kb", "answered", undefined]], undefined],
              [401, [], "ClientTokenRefused"]
            ]
          )
          assert.notInclude(lines.join("\n") + text, "planted-wrong-token")
        })
    )
  })

  it.scopedLive(
    "a reader of events is not waited for when the gateway is stopped: its stream ends cleanly",
    () =>
      withGateway({ script: { ka: () => Script.ok() } }, () =>
        Effect.gen(function* () {
          let cut = 0
          const events = yield* Effect.scoped(
            Effect.gen(function* () {
              const onCutOff = (requests: number) =>
                Effect.sync(() => {
                  cut = requests
                })
              const gateway = yield* Gateway.start({ ...gatewayOptions, drainMs: 20_000, onCutOff })
              return yield* Effect.promise(() =>
                fetch(`${gateway.url}/clawdbot/events`, { headers: { "x-api-key": adminToken } })
              )
            })
          )
          assert.strictEqual(yield* Effect.promise(() => events.text()), ": clawdbot\n\n")
          assert.strictEqual(cut, 0)
        })
      )
  )

  it.scopedLive("200 open streams all end whole while the gateway is stopped", () =>
    withGateway({ script: { ka: Script.always(Script.ok({ gapMs: 60 })) } }, () =>
      Effect.gen(function* () {
        const texts = yield* Effect.scoped(
          Effect.gen(function* () {
            const gateway = yield* Gateway.start({ ...gatewayOptions, drainMs: 30_000 })
            const answers = yield* Effect.forEach(
              Array.from({ length: 200 }),
              () =>
                Effect.promise(() =>
                  fetch(`${gateway.url}/v1/messages`, {
                    method: "POST",
                    headers: {
                      "x-api-key": "client-token-for-tests",
                      "anthropic-version": "2023-06-01"
                    },
                    body: JSON.stringify(streaming)
                  })
                ),
              { concurrency: "unbounded" }
            )
            // Each stream has begun and none is read yet; the gateway is told to stop when this
            // scope closes.
            return answers.map((answer) => answer.text())
          })
        )
        const whole = yield* Effect.promise(() => Promise.all(texts))
        assert.strictEqual(whole.filter((text) => text.includes("message_stop")).length, 200)
      })
    )
  )
})
