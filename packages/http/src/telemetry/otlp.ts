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

/** What takes attributes, in their order; what is undefined is left out. */
export interface AttributeSink {
  readonly text: (key: string, value: string | undefined) => this
  readonly texts: (key: string, values: ReadonlyArray<string>) => this
  /** A whole number. */
  readonly count: (key: string, value: number | undefined) => this
  /** A number that may have a fraction. */
  readonly amount: (key: string, value: number | undefined) => this
}

/** Attributes as a list, to be kept: of the source, and of metrics. */
export class Attributes implements AttributeSink {
  readonly list: Array<KeyValue> = []

  text(key: string, value: string | undefined): this {
    if (value !== undefined) this.list.push({ key, value: { stringValue: value } })
    return this
  }

  texts(key: string, values: ReadonlyArray<string>): this {
    const value = { arrayValue: { values: values.map((one) => ({ stringValue: one })) } }
    this.list.push({ key, value })
    return this
  }

  count(key: string, value: number | undefined): this {
    if (value !== undefined) this.list.push({ key, value: { intValue: String(value) } })
    return this
  }

  amount(key: string, value: number | undefined): this {
    if (value !== undefined) this.list.push({ key, value: { doubleValue: value } })
    return this
  }

  flag(key: string, value: boolean): this {
    this.list.push({ key, value: { boolValue: value } })
    return this
  }
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
  readonly resource: ReadonlyArray<KeyValue>
  readonly version: string
}

const scopeOf = ({ version }: Source) => ({ name: "clawdbot", version })
const resourceOf = ({ resource }: Source) => ({ attributes: resource })

/** What stands around the spans, which commas part, in the body of `POST /v1/traces`. */
export const tracesFrame = (source: Source): readonly [before: string, after: string] => {
  const resource = JSON.stringify(resourceOf(source))
  const scope = JSON.stringify(scopeOf(source))
  return [
    `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[`,
    "]}]}]}"
  ]
}

/** The body of `POST /v1/metrics`. */
export const metricsBody = (source: Source, metrics: ReadonlyArray<Metric>): string =>
  JSON.stringify({
    resourceMetrics: [
      { resource: resourceOf(source), scopeMetrics: [{ scope: scopeOf(source), metrics }] }
    ]
  })
