/** A collector of OpenTelemetry on loopback, and gateways that export to it. */
import { createServer, type Server } from "node:http"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Exporter from "../../src/telemetry/exporter.ts"
import type { TelemetrySettings } from "../../src/telemetry/TelemetrySettings.ts"

/** What a collector was sent. */
export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** How a collector answers: with a status, or never. */
export type Behaviour = number | "hang"

/** A collector that keeps what it gets; `behaviour` may be changed while it runs. */
export interface Collector {
  readonly url: string
  readonly received: Array<Received>
  behaviour: Behaviour
  /** Ends the connections there are, with what waits for an answer on them. */
  readonly cut: () => void
}

const listening = (server: Server) =>
  Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** Starts one, until the scope closes. */
export const collector = Effect.gen(function* () {
  const state: { behaviour: Behaviour; received: Array<Received> } = {
    behaviour: 200,
    received: []
  }
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => void chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8")
      state.received.push({ path: request.url ?? "", headers: request.headers, body })
      if (state.behaviour === "hang") return
      response.writeHead(state.behaviour, { "content-type": "application/json" }).end("{}")
    })
  })
  const port = yield* Effect.acquireRelease(listening(server), () =>
    Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    cut: () => server.closeAllConnections()
  })
})

const Value = Schema.Struct({
  stringValue: Schema.optional(Schema.String),
  intValue: Schema.optional(Schema.String.pipe(Schema.pattern(/^-?\d+$/))),
  doubleValue: Schema.optional(Schema.Number),
  boolValue: Schema.optional(Schema.Boolean),
  arrayValue: Schema.optional(
    Schema.Struct({ values: Schema.Array(Schema.Struct({ stringValue: Schema.String })) })
  )
})
const KeyValue = Schema.Struct({ key: Schema.NonEmptyString, value: Value })
const hex = (digits: number) =>
  Schema.String.pipe(Schema.pattern(new RegExp(`^[0-9a-f]{${digits}}$`)))
const Nanos = Schema.String.pipe(Schema.pattern(/^\d{19}$/))
const source = {
  resource: Schema.Struct({ attributes: Schema.Array(KeyValue) })
}
const scope = Schema.Struct({ name: Schema.Literal("clawdbot"), version: Schema.String })

/** A span as the protocol's JSON encoding has it. */
export const Span = Schema.Struct({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: Schema.optional(hex(16)),
  name: Schema.NonEmptyString,
  kind: Schema.Literal(1, 2, 3),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Schema.Array(KeyValue),
  status: Schema.Struct({ code: Schema.Literal(0, 2) })
})
export type Span = typeof Span.Type

const Traces = Schema.parseJson(
  Schema.Struct({
    resourceSpans: Schema.Tuple(
      Schema.Struct({
        ...source,
        scopeSpans: Schema.Tuple(Schema.Struct({ scope, spans: Schema.Array(Span) }))
      })
    )
  })
)
const Count = Schema.String.pipe(Schema.pattern(/^\d+$/))
const Metrics = Schema.parseJson(
  Schema.Struct({
    resourceMetrics: Schema.Tuple(
      Schema.Struct({
        ...source,
        scopeMetrics: Schema.Tuple(
          Schema.Struct({
            scope,
            metrics: Schema.Array(
              Schema.Struct({
                name: Schema.NonEmptyString,
                description: Schema.String,
                unit: Schema.Literal("s", "{token}"),
                histogram: Schema.Struct({
                  aggregationTemporality: Schema.Literal(2),
                  dataPoints: Schema.Array(
                    Schema.Struct({
                      attributes: Schema.Array(KeyValue),
                      startTimeUnixNano: Nanos,
                      timeUnixNano: Nanos,
                      count: Count,
                      sum: Schema.Number,
                      bucketCounts: Schema.Array(Count),
                      explicitBounds: Schema.Array(Schema.Number)
                    })
                  )
                })
              })
            )
          })
        )
      })
    )
  })
)

const strict = { onExcessProperty: "error" } as const

/** All spans that came, in their order. Fails on what is not the protocol's. */
export const spansOf = ({ received }: Pick<Collector, "received">): ReadonlyArray<Span> =>
  received.flatMap(({ body, path }) => {
    if (path !== "/v1/traces") return []
    const { resourceSpans } = Schema.decodeSync(Traces, strict)(body)
    return resourceSpans[0].scopeSpans[0].spans
  })

/** The metrics that came last. */
export const metricsOf = ({ received }: Pick<Collector, "received">) => {
  const last = received.findLast(({ path }) => path === "/v1/metrics")
  if (last === undefined) return []
  const { resourceMetrics } = Schema.decodeSync(Metrics, strict)(last.body)
  return resourceMetrics[0].scopeMetrics[0].metrics
}

/** Attributes as an object. */
export const attributesOf = (
  attributes: ReadonlyArray<typeof KeyValue.Type>
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.doubleValue ??
        value.boolValue ??
        value.arrayValue?.values.map(({ stringValue }) => stringValue) ??
        Number(value.intValue)
    ])
  )

/** Settings for a collector. */
export const settingsFor = (url: string): TelemetrySettings => ({
  tracesUrl: `${url}/v1/traces`,
  metricsUrl: `${url}/v1/metrics`,
  headers: { "x-collector-key": Redacted.make("planted-collector-key") },
  serviceName: "clawdbot",
  resource: {},
  metricsEveryMs: 60_000
})

/** Counts up: ids that are the same in every run. */
const countedIds = () => {
  let count = 0
  const next = (digits: number) => {
    count += 1
    return count.toString(16).padStart(digits, "0")
  }
  return {
    trace: () => next(32),
    span: () => next(16),
    conversation: (text: string) => `#${text.length}`
  }
}

/** So many requests wait in these tests. */
export const maxWaiting = 200

/** An exporter over a client of its own. */
export const exporterTo = (url: string) =>
  Effect.flatMap(Layer.build(UpstreamClient.layerFrom({})), (client) =>
    Effect.provide(Exporter.start(settingsFor(url), { ids: countedIds(), maxWaiting }), client)
  )
