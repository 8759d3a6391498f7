/** A request that waited says so wherever requests are reported. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { accessLine } from "../src/control/accessLine.ts"
import * as AgentFigures from "../src/control/agentFigures.ts"
import { Metrics } from "../src/control/Metrics.ts"
import type { RequestReport } from "../src/control/RequestLog.ts"
import type { ServedRequest } from "../src/dataPlane/ServedRequest.ts"
import { requestSpans } from "../src/telemetry/requestSpans.ts"
import { adminToken, ask, until, withGateway } from "./world.ts"

const at = Date.parse("2026-11-29T12:00:00Z")
const profile = ProfileId.of("anthropic:a")
const trail = [
  { profile, startedAt: at, endedAt: at + 300, result: "refused", failureClass: "rate_limit" },
  { profile, startedAt: at + 45_300, endedAt: at + 46_000, result: "answered", heldMs: 45_000 }
] as const
const request = {
  method: "POST",
  path: "/v1/messages",
  startedAt: at,
  firstByteAt: at + 45_900,
  endedAt: at + 46_000,
  status: 200
}
const held = { ms: 45_000, end: "over" } as const
const report: RequestReport = { ...request, attempts: trail, held }

describe("a request that waited", () => {
  it("has its wait in the access log, and in the attempt after it", () => {
    assert.strictEqual(
      accessLine(report),
      '{"time":"2026-11-29T12:00:46.000Z","method":"POST","path":"/v1/messages","status":200,' +
        '"ms":46000,"heldMs":45000,"firstByteMs":45900,"attempts":[' +
        '{"profile":"anthropic:a","result":"refused","class":"rate_limit","ms":300},' +
        '{"profile":"anthropic:a","result":"answered","heldMs":45000,"ms":700}]}'
    )
    const full = { ...report, held: { ms: 0, end: "full" } as const }
    assert.notInclude(accessLine({ ...full, attempts: [] }), "heldMs")
  })

  it("is counted by how its wait ended, with its time", () => {
    const metrics = new Metrics()
    const waits: ReadonlyArray<RequestReport["held"]> = [
      held,
      held,
      { ms: 500, end: "left" },
      { ms: 0, end: "full" },
      undefined
    ]
    for (const one of waits) metrics.add({ ...report, held: one }, [])
    const text = metrics.render({ ...AgentFigures.none, open: 0, counts: [], version: "0.0.0" })
    const lines = text.split("\n").filter((line) => line.startsWith("clawdbot_requests_held"))
    assert.deepStrictEqual(lines, [
      'clawdbot_requests_held_total{end="over"} 2',
      'clawdbot_requests_held_total{end="left"} 1',
      'clawdbot_requests_held_total{end="full"} 1',
      "clawdbot_requests_held_seconds_total 90.5"
    ])
  })

  it("has it on its span, and on that of the attempt after it", () => {
    const served: ServedRequest = {
      ...request,
      model: "claude-opus-5-5",
      stream: false,
      trail,
      skipped: undefined,
      movedFrom: undefined,
      agent: AgentId.main,
      used: [],
      ttl: undefined,
      client: undefined,
      failure: undefined,
      held,
      trace: undefined
    }
    const ids = { trace: () => "t", span: () => "s", conversation: () => "c" }
    const heldMs = /\{"key":"clawdbot\.held_ms","value":(\{[^}]*\})\}/
    const found = requestSpans(served, ids).map(({ attributes }) => heldMs.exec(attributes)?.[1])
    assert.deepStrictEqual(found, ['{"intValue":"45000"}', undefined, '{"intValue":"45000"}'])
  })

  it.scopedLive("is shown by a gateway in its log and its figures", () => {
    const lines: Array<string> = []
    const limited = Script.rateLimited({ "retry-after-ms": "50" })
    return withGateway(
      {
        script: { ka: Script.inTurn(Script.ok(), limited, Script.ok()) },
        config: { auth: { holdSeconds: 60 } },
        gateway: { accessLog: (line) => lines.push(line) }
      },
      (started) =>
        Effect.gen(function* () {
          const session = { headers: { "x-clawdbot-session": "warm" } }
          yield* ask(started, session)
          yield* ask(started, session)
          yield* Effect.promise(() => until(() => lines.length === 2))
          const [first, second] = lines.map((line) => line.replace(/("heldMs"):\d+/g, "$1:N"))
          assert.notInclude(first, "heldMs")
          assert.strictEqual(second?.split('"heldMs":N').length, 3)
          const path = { path: "/metrics", method: "GET", headers: { "x-api-key": adminToken } }
          const { text } = yield* ask(started, path)
          assert.include(text, 'clawdbot_requests_held_total{end="over"} 1')
        })
    )
  })
})
