/** OTLP in its JSON encoding, as far as it is sent here (opentelemetry-proto 1.x). Pure. */

/** A value of an attribute. */
type Value =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: ReadonlyArray<Value> } }

/** An attribute as it is sent. */
export interface KeyValue {
  readonly key: string
  readonly value: Value
}

/** A number that is no whole one in meaning, though it may be one by chance. */
export class Double {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** Attributes by name; what is undefined is left out. */
export type Attributes = Readonly<
  Record<string, string | number | Double | boolean | ReadonlyArray<string> | undefined>
>

const valueOf = (value: NonNullable<Attributes[string]>): Value => {
  if (value instanceof Double) return { doubleValue: value.value }
  switch (typeof value) {
    case "string":
      return { stringValue: value }
    case "number":
      return { intValue: String(value) }
    case "boolean":
      return { boolValue: value }
    default:
      return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } }
  }
}

/** Attributes as they are sent. */
export const keyValues = (attributes: Attributes): ReadonlyArray<KeyValue> =>
  Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return []
    return [{ key, value: valueOf(value) }]
  })

/** The kinds of spans. */
export const spanKind = { internal: 1, server: 2, client: 3 } as const

/** The status of a span: unset, or an error. */
export const statusCode = { unset: 0, error: 2 } as const

/** A span as it is sent. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly kind: (typeof spanKind)[keyof typeof spanKind]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<KeyValue>
  readonly status: { readonly code: (typeof statusCode)[keyof typeof statusCode] }
}

/** A point of a histogram as it is sent; counts since the start. */
export interface HistogramPoint {
  readonly attributes: ReadonlyArray<KeyValue>
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
  readonly count: string
  readonly sum: number
  readonly bucketCounts: ReadonlyArray<string>
  readonly explicitBounds: ReadonlyArray<number>
}

/** A metric as it is sent. */
export interface Metric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly histogram: {
    /** 2: cumulative. */
    readonly aggregationTemporality: 2
    readonly dataPoints: ReadonlyArray<HistogramPoint>
  }
}

/** Epoch ms in the unit of OTLP; a number would lose its last digits. */
export const nanos = (ms: number): string => `${Math.round(ms)}000000`

/** Who observes, and what is observed. */
export interface Source {
  readonly resource: Attributes
  readonly version: string
}

const scopeOf = ({ version }: Source) => ({ name: "clawdbot", version })
const resourceOf = ({ resource }: Source) => ({ attributes: keyValues(resource) })

/** The body of `POST /v1/traces`. */
export const tracesBody = (source: Source, spans: ReadonlyArray<Span>): string =>
  JSON.stringify({
    resourceSpans: [
      { resource: resourceOf(source), scopeSpans: [{ scope: scopeOf(source), spans }] }
    ]
  })

/** The body of `POST /v1/metrics`. */
export const metricsBody = (source: Source, metrics: ReadonlyArray<Metric>): string =>
  JSON.stringify({
    resourceMetrics: [
      { resource: resourceOf(source), scopeMetrics: [{ scope: scopeOf(source), metrics }] }
    ]
  })
