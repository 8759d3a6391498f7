/** A collector that is away, slow or refuses costs its spans, and nothing else. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import type { ServedRequest } from "../../src/dataPlane/ServedRequest.ts"
import { maxSets, RequestMetrics } from "../../src/telemetry/requestMetrics.ts"
import { ask, streaming, until, withGateway } from "../world.ts"
import { attributesOf, collector, exporterTo, maxWaiting, metricsOf, spansOf } from "./collector.ts"

const served: ServedRequest = {
  method: "POST",
  path: "/v1/messages",
  model: "claude-opus-4-5",
  stream: true,
  startedAt: 1_900_000_000_000,
  firstByteAt: 1_900_000_000_500,
  endedAt: 1_900_000_004_000,
  status: 200,
  trail: [],
  skipped: undefined,
  movedFrom: undefined,
  agent: AgentId.normalize("main"),
  used: [
    {
      profile: ProfileId.of("anthropic:a"),
      usage: { ...Usage.zero, input: 10, cacheRead: 90, output: 5 }
    }
  ],
  ttl: undefined,
  client: undefined,
  failure: undefined,
  trace: undefined
}

const dropped = Effect.map(
  Metric.value(ProcessMetrics.telemetryDropped.metric),
  ({ count }) => count
)

describe("a collector", () => {
  it.scopedLive("gets batches with its headers, and the metrics of the conventions", () =>
    Effect.gen(function* () {
      const into = yield* collector
      const exporter = yield* exporterTo(into.url)
      for (let at = 0; at < 150; at++) exporter.record(served)
      exporter.record({ ...served, status: 429, failure: "AllInCooldown", used: [] })
      exporter.record({ ...served, path: "/v1/messages/count_tokens" })
      yield* exporter.flush
      assert.strictEqual(spansOf(into).length, 152)
      assert.strictEqual(into.received.filter(({ path }) => path === "/v1/traces").length, 2)
      for (const { headers } of into.received)
        assert.deepInclude(headers, {
          "x-collector-key": "planted-collector-key",
          "content-type": "application/json"
        })
      const points = metricsOf(into).flatMap(({ histogram, name }) =>
        histogram.dataPoints.map(({ attributes, count, sum }) => [
          name,
          attributesOf(attributes)["gen_ai.token.type"] ?? attributesOf(attributes)["error.type"],
          count,
          sum
        ])
      )
      assert.deepStrictEqual(points, [
        ["gen_ai.client.token.usage", "input", "150", 15_000],
        ["gen_ai.client.token.usage", "output", "150", 750],
        ["gen_ai.client.operation.duration", undefined, "150", 600],
        ["gen_ai.client.operation.duration", "AllInCooldown", "1", 4],
        ["gen_ai.client.operation.time_to_first_chunk", undefined, "151", 75.5]
      ])
    })
  )

  it.scopedLive(
    "that is away gets what fits into the queue once it is back; the rest is counted",
    () =>
      Effect.gen(function* () {
        const into = yield* collector
        into.behaviour = 503
        const before = yield* dropped
        const exporter = yield* exporterTo(into.url)
        for (let at = 0; at < maxWaiting + 100; at++) exporter.record(served)
        const failed = yield* Effect.either(exporter.flush)
        assert.isTrue(Either.isLeft(failed) && failed.left.message.includes("503"))
        assert.strictEqual((yield* dropped) - before, 100)
        into.behaviour = 200
        into.received.length = 0
        yield* exporter.flush
        assert.strictEqual(spansOf(into).length, maxWaiting)
      })
  )

  it.scopedLive("gets a whole batch at once, and what is less after a second", () =>
    Effect.gen(function* () {
      const into = yield* collector
      const exporter = yield* exporterTo(into.url)
      const texts = ["claude-opus-4-5", "claude-ö", "模型", "\ud83d\ude80".repeat(50)]
      for (let at = 0; at < 130; at++)
        exporter.record({ ...served, model: texts[at % texts.length] })
      yield* Effect.promise(() => until(() => spansOf(into).length === 128))
      exporter.record(served)
      yield* Effect.promise(() => until(() => spansOf(into).length === 131))
      const names = new Set(spansOf(into).map(({ name }) => name))
      assert.deepStrictEqual(names, new Set(texts.map((model) => `chat ${model}`)))
    })
  )

  it.scopedLive("that refuses for good is not sent the same again", () =>
    Effect.gen(function* () {
      const into = yield* collector
      into.behaviour = 401
      const before = yield* dropped
      const exporter = yield* exporterTo(into.url)
      exporter.record(served)
      const failed = yield* Effect.flip(exporter.flush)
      assert.notInclude(failed.message, "planted")
      assert.strictEqual((yield* dropped) - before, 1)
      into.behaviour = 200
      into.received.length = 0
      yield* exporter.flush
      assert.deepStrictEqual(spansOf(into), [])
    })
  )

  it.scopedLive("that never answers, or is not there, holds no request up and fails none", () =>
    Effect.gen(function* () {
      const into = yield* collector
      into.behaviour = "hang"
      for (const url of [into.url, "http://127.0.0.1:9"]) {
        const telemetry = yield* exporterTo(url)
        yield* withGateway(
          { script: { ka: () => Script.ok() }, gateway: { telemetry } },
          (started) =>
            Effect.gen(function* () {
              const flushing = yield* Effect.fork(Effect.either(telemetry.flush))
              for (let at = 0; at < 5; at++)
                assert.strictEqual((yield* ask(started, { body: streaming })).status, 200)
              const again = yield* Effect.fork(Effect.either(telemetry.flush))
              if (url === into.url)
                yield* Effect.promise(() => until(() => into.received.length > 0))
              assert.strictEqual((yield* ask(started)).status, 200)
              into.behaviour = 200
              into.cut()
              yield* Fiber.joinAll([flushing, again])
            })
        )
      }
    })
  )
})

describe("the metrics", () => {
  it("have a bounded number of sets of attributes, whatever models clients name", () => {
    const metrics = new RequestMetrics(0)
    for (let at = 0; at < maxSets + 50; at++) metrics.add({ ...served, model: `model-${at}` })
    const [, durations] = metrics.read(1)
    const points = durations?.histogram.dataPoints ?? []
    assert.strictEqual(points.length, maxSets + 1)
    assert.strictEqual(points.at(-1)?.count, "50")
    assert.deepStrictEqual(points.at(-1)?.attributes, [
      { key: "otel.metric.overflow", value: { boolValue: true } }
    ])
  })
})
