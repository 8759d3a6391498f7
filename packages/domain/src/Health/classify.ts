/**
 * An answer of the provider as a failure class (decision D9): by status and `error.type` first, by
 * `error_code` next, and by words only where the provider uses one status for different things.
 * Rules: anthropic-protocol.md §5.
 */

import type { RequestShape } from "./RequestTarget.ts"
import { type HeaderReader, readWindows } from "./readWindows.ts"
import type { FailureClass, UpstreamFailure } from "./UpstreamFailure.ts"

interface Envelope {
  readonly type?: string
  readonly message?: string
  readonly code?: string
  readonly requestId?: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parseJson = (text: string): unknown => {
  // A body that is no JSON is an ordinary answer here (an HTML page of a proxy), not a failure of
  // ours.
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const readEnvelope = (body: string): Envelope => {
  const value = parseJson(body)
  if (!isRecord(value) || !isRecord(value.error)) return {}
  const { error } = value
  return {
    ...(typeof error.type === "string" ? { type: error.type } : {}),
    ...(typeof error.message === "string" ? { message: error.message } : {}),
    ...(isRecord(error.details) && typeof error.details.error_code === "string"
      ? { code: error.details.error_code }
      : {}),
    ...(typeof value.request_id === "string" ? { requestId: value.request_id } : {})
  }
}

const creditWords =
  /\bcredit balance is too low\b|\bspend(ing)? limit\b|\borganization has been disabled\b/i
const entitlementWords =
  /\bonly authorized for use with claude code\b|\bthird-party apps now draw from your extra usage\b|\bout of extra usage\b/i
const spendCodes: ReadonlySet<string> = new Set([
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached"
])

/**
 * The provider uses 400 for a credential's own state as well; only its words tell
 * (anthropic-protocol.md §0.7).
 */
const badRequest = (message: string): FailureClass =>
  entitlementWords.test(message) ? "entitlement" : creditWords.test(message) ? "billing" : "format"

const byStatus = (status: number, envelope: Envelope, hasRetryAfter: boolean): FailureClass => {
  if (status === 400) return badRequest(envelope.message ?? "")
  if (status === 401) return "auth"
  if (status === 402) return "billing"
  if (status === 403) {
    if (entitlementWords.test(envelope.message ?? "")) return "entitlement"
    // Without the provider's envelope it is a wall in front of the API, not a word about the
    // credential.
    return envelope.type === "permission_error" || envelope.type === "authentication_error"
      ? "auth"
      : "format"
  }
  if (status === 408) return "timeout"
  if (status === 429)
    return !hasRetryAfter && spendCodes.has(envelope.code ?? "") ? "spend_cap" : "rate_limit"
  if (status === 503 || status === 529) return "overloaded"
  return status >= 400 && status < 500 ? "format" : "server"
}

const byType = (envelope: Envelope): FailureClass => {
  switch (envelope.type) {
    case "authentication_error":
    case "permission_error":
      return "auth"
    case "billing_error":
      return "billing"
    case "rate_limit_error":
      return spendCodes.has(envelope.code ?? "") ? "spend_cap" : "rate_limit"
    case "overloaded_error":
      return "overloaded"
    case "timeout_error":
      return "timeout"
    case "invalid_request_error":
    case "request_too_large":
    case "not_found_error":
      return badRequest(envelope.message ?? "")
    default:
      return "server"
  }
}

const describe = (
  envelope: Envelope
): Pick<UpstreamFailure, "errorType" | "errorCode" | "message" | "requestId"> => ({
  ...(envelope.type !== undefined ? { errorType: envelope.type } : {}),
  ...(envelope.code !== undefined ? { errorCode: envelope.code } : {}),
  ...(envelope.message !== undefined ? { message: envelope.message.slice(0, 300) } : {}),
  ...(envelope.requestId !== undefined ? { requestId: envelope.requestId } : {})
})

/**
 * A whole answer that is not 2xx. `body` is text (decompressed), at most what is needed to read the
 * envelope; `now` in epoch ms.
 */
export const classify = (answer: {
  readonly status: number
  readonly header: HeaderReader
  readonly body: string
  readonly now: number
  readonly asked: RequestShape
}): UpstreamFailure => {
  const envelope = readEnvelope(answer.body)
  const requestId = envelope.requestId ?? answer.header("request-id")
  const hasRetryAfter =
    answer.header("retry-after") !== undefined || answer.header("retry-after-ms") !== undefined
  const failureClass = byStatus(answer.status, envelope, hasRetryAfter)
  const { retryAt, windows } = readWindows({
    header: answer.header,
    now: answer.now,
    failureClass,
    asked: answer.asked
  })
  return {
    class: failureClass,
    status: answer.status,
    ...describe(envelope),
    ...(requestId !== undefined ? { requestId } : {}),
    ...(retryAt !== undefined ? { retryAt } : {}),
    windows
  }
}

/**
 * The `data` of an SSE event `error` that came inside a 200 (anthropic-protocol.md §5,
 * "Mid-stream").
 */
export const classifyEvent = (
  data: string,
  header: HeaderReader,
  now: number,
  asked: RequestShape
): UpstreamFailure => {
  const envelope = readEnvelope(data)
  const failureClass = byType(envelope)
  const { windows } = readWindows({
    header,
    now,
    failureClass: "none",
    asked
  })
  return { class: failureClass, status: 200, ...describe(envelope), windows }
}

/**
 * No answer came at all. Always the weather: a connection says nothing about a credential (decision
 * D10).
 */
export const classifyNoAnswer = (
  reason: "timeout" | "reset" | "refused" | "dns" | "tls",
  code: string
): UpstreamFailure => ({
  class: reason === "timeout" ? "timeout" : "server",
  message:
    reason === "timeout"
      ? "the provider did not answer in time"
      : `no answer from the provider (${reason}, ${code})`,
  windows: []
})
