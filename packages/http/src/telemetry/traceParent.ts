/** The trace that a client's request belongs to: W3C Trace Context, level 1. Pure. */

/** The client's span. */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  /** Whether the client records the trace. */
  readonly isSampled: boolean
}

const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const zeros = /^0+$/

/** The span that a header `traceparent` names; undefined where it is none by the standard. */
export const parse = (header: string | undefined): TraceParent | undefined => {
  const [, version = "", traceId = "", spanId = "", flags = "", more] =
    form.exec(header ?? "") ?? []
  if (traceId === "" || zeros.test(traceId) || zeros.test(spanId)) return undefined
  // What later versions add stands behind; this version has nothing there.
  if (version === "00" && more !== undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
