/**
 * A span in OTLP's JSON encoding, as text. Each request has two or more with some thirty
 * attributes: an object for each of them, and a text of all, cost several times what the text alone
 * does. Pure.
 */
import { number, quoted } from "../jsonFields.ts"
import type { AttributeSink } from "./otlp.ts"

/** The kinds of spans. */
export const spanKind = { internal: 1, server: 2, client: 3 } as const

/** The status of a span: unset, or an error. */
export const statusCode = { unset: 0, error: 2 } as const

/** Attributes as the elements of a JSON list. Their keys are ours and need no escapes. */
export class AttributeText implements AttributeSink {
  private elements = ""

  /** The list. */
  get json(): string {
    return `[${this.elements.slice(1)}]`
  }

  private add(key: string, kind: string, value: string): this {
    this.elements += `,{"key":"${key}","value":{"${kind}":${value}}}`
    return this
  }

  text(key: string, value: string | undefined): this {
    return value === undefined ? this : this.add(key, "stringValue", quoted(value))
  }

  /** A text that comes once, so that it is not remembered. */
  id(key: string, value: string | undefined): this {
    return value === undefined ? this : this.add(key, "stringValue", JSON.stringify(value))
  }

  texts(key: string, values: ReadonlyArray<string>): this {
    const list = values.map((one) => `{"stringValue":${quoted(one)}}`).join(",")
    return this.add(key, "arrayValue", `{"values":[${list}]}`)
  }

  count(key: string, value: number | undefined): this {
    return value === undefined ? this : this.add(key, "intValue", `"${value}"`)
  }

  amount(key: string, value: number | undefined): this {
    return value === undefined ? this : this.add(key, "doubleValue", JSON.stringify(value))
  }
}

/** A span. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly kind: (typeof spanKind)[keyof typeof spanKind]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  /** A list in JSON. */
  readonly attributes: string
  readonly status: { readonly code: (typeof statusCode)[keyof typeof statusCode] }
}

/** The span as it is sent; its ids and times are digits. */
export const spanText = (span: Span): string => {
  const { endTimeUnixNano, parentSpanId, spanId, startTimeUnixNano, traceId } = span
  const parent = parentSpanId === undefined ? "" : `"parentSpanId":"${parentSpanId}",`
  return (
    `{"traceId":"${traceId}","spanId":"${spanId}",${parent}"name":${quoted(span.name)}` +
    number("kind", span.kind) +
    `,"startTimeUnixNano":"${startTimeUnixNano}","endTimeUnixNano":"${endTimeUnixNano}"` +
    `,"attributes":${span.attributes},"status":{"code":${span.status.code}}}`
  )
}
