/** The metrics of OpenTelemetry's conventions for generative AI, counted since the start. */
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { ServedRequest } from "../dataPlane/ServedRequest.ts"
import { chatAttributes, errorTypeOf, isChat, timeToFirstChunk, usageOf } from "./genAi.ts"
import { Attributes, type KeyValue, type Metric, nanos } from "./otlp.ts"

/** Upper bounds as the conventions name them. */
const tokenBounds = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
  67_108_864
]
const secondBounds = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]

/**
 * So many sets of attributes a metric has. Clients name models as they like: what comes beyond is
 * counted together, under the attribute that OpenTelemetry has for it.
 */
export const maxSets = 1_000
const overflow = new Attributes().flag("otel.metric.overflow", true)

interface Point {
  readonly attributes: ReadonlyArray<KeyValue>
  readonly counts: Array<number>
  sum: number
  count: number
}

class Instrument {
  private readonly points = new Map<string, Point>()
  private readonly name: string
  private readonly unit: string
  private readonly description: string
  private readonly bounds: ReadonlyArray<number>

  constructor(name: string, unit: string, description: string, bounds: ReadonlyArray<number>) {
    this.name = name
    this.unit = unit
    this.description = description
    this.bounds = bounds
  }

  /** Adds a value under a set of attributes that `key` names. */
  record(value: number, key: string, attributes: () => Attributes): void {
    const known = this.points.get(key)
    if (known !== undefined) return this.count(known, value)
    if (this.points.size >= maxSets && key !== "overflow")
      return this.record(value, "overflow", () => overflow)
    const counts = Array.from({ length: this.bounds.length + 1 }, () => 0)
    const point: Point = { attributes: attributes().list, counts, sum: 0, count: 0 }
    this.points.set(key, point)
    this.count(point, value)
  }

  private count(point: Point, value: number): void {
    const found = this.bounds.findIndex((bound) => value <= bound)
    const index = found < 0 ? this.bounds.length : found
    point.counts[index] = (point.counts[index] ?? 0) + 1
    point.sum += value
    point.count += 1
  }

  read(startedAt: number, now: number): Metric {
    return {
      name: this.name,
      description: this.description,
      unit: this.unit,
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [...this.points.values()].map(({ attributes, count, counts, sum }) => ({
          attributes,
          startTimeUnixNano: nanos(startedAt),
          timeUnixNano: nanos(now),
          count: String(count),
          sum,
          bucketCounts: counts.map(String),
          explicitBounds: this.bounds
        }))
      }
    }
  }
}

/** The metrics of one gateway. */
export class RequestMetrics {
  private readonly tokens = new Instrument(
    "gen_ai.client.token.usage",
    "{token}",
    "Number of input and output tokens used.",
    tokenBounds
  )
  private readonly durations = new Instrument(
    "gen_ai.client.operation.duration",
    "s",
    "GenAI operation duration.",
    secondBounds
  )
  private readonly firstChunks = new Instrument(
    "gen_ai.client.operation.time_to_first_chunk",
    "s",
    "Time to receive the first chunk of a streamed response.",
    secondBounds
  )
  private readonly startedAt: number

  /** `startedAt` in epoch ms. */
  constructor(startedAt: number) {
    this.startedAt = startedAt
  }

  /** Counts a request that a model was asked by; no other one. */
  add(served: ServedRequest): void {
    if (!isChat(served)) return
    const { endedAt, model = "", startedAt } = served
    const error = errorTypeOf(served)
    const common = () => chatAttributes(new Attributes(), model)
    const failed = () => common().text("error.type", error)
    this.durations.record(Math.max(0, endedAt - startedAt) / 1_000, `${error} ${model}`, failed)
    const firstChunk = timeToFirstChunk(served)
    if (firstChunk !== undefined) this.firstChunks.record(firstChunk, model, common)
    const usage = usageOf(served)
    if (usage === undefined) return
    const ofType = (type: string) => () => common().text("gen_ai.token.type", type)
    this.tokens.record(Usage.prompt(usage), `input ${model}`, ofType("input"))
    this.tokens.record(usage.output, `output ${model}`, ofType("output"))
  }

  /** As they are now (epoch ms). */
  read(now: number): ReadonlyArray<Metric> {
    return [this.tokens, this.durations, this.firstChunks].map((one) =>
      one.read(this.startedAt, now)
    )
  }
}
