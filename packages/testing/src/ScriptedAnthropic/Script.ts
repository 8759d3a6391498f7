/** What the scripted Anthropic does with a request: data, so that a test reads like a table. */
import type { RawUsage, ToolCall } from "./answers.ts"

/** An answer with a status, in the provider's envelope unless `body` says otherwise. */
export interface ErrorStep {
  readonly _tag: "Error"
  readonly status: number
  readonly type?: string
  readonly message?: string
  /** `error.details.error_code`. */
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Raw body instead of the envelope, e.g. a proxy's HTML page, or packed bytes. */
  readonly body?: string | Uint8Array
  /** Whether something else answers in the provider's place: without the headers it always sets. */
  readonly isWall?: boolean
}

/** A good answer, plain or streamed as the request asks. */
export interface OkStep {
  readonly _tag: "Ok"
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Pause between events of a stream, in ms. */
  readonly gapMs?: number
  readonly gzip?: boolean
  /** What the message is made of, in order. Default: one text. */
  readonly blocks?: ReadonlyArray<"thinking" | "text" | "tool_use">
  /** What a `tool_use` block calls. Default: the weather in Zürich. */
  readonly tool?: ToolCall
  /** What differs in the answer's `usage`. */
  readonly usage?: RawUsage
  /** The model refuses, and gives a credit for the next try with another model. */
  readonly refuses?: boolean
}

/** How a stream goes wrong, after how many of its events. */
export interface BrokenStreamStep {
  readonly _tag: "BrokenStream"
  readonly afterEvents: number
  /**
   * `reset` the socket is destroyed · `end` the body ends cleanly without `message_stop` · `stall`
   * nothing more comes · `error` an error event, then the end · `garbage` bytes that are no HTTP.
   */
  readonly how: "reset" | "end" | "stall" | "error" | "garbage"
  readonly errorType?: string
}

/** A plain answer whose headers promise more than comes before the connection is destroyed. */
export interface BrokenBodyStep {
  readonly _tag: "BrokenBody"
}

/** No answer at all. */
export interface SilentStep {
  readonly _tag: "Silent"
  /**
   * `reset` the socket is destroyed before headers · `hang` nothing ever comes · `garbage` bytes
   * come that are no HTTP.
   */
  readonly how: "reset" | "hang" | "garbage"
}

/** Waits, then goes on with another step. */
export interface SlowStep {
  readonly _tag: "Slow"
  readonly delayMs: number
  readonly step: Step
}

/** What happens to one request. */
export type Step = OkStep | ErrorStep | BrokenStreamStep | BrokenBodyStep | SilentStep | SlowStep

/** What a script may look at. */
export interface ScriptedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly model: string
  readonly stream: boolean
  /** Whether the request asks for fast mode. */
  readonly fast: boolean
  /** Names of the tools the request offers. */
  readonly tools: ReadonlyArray<string>
  /** Whether the last message brings the result of a tool. */
  readonly toolResult: boolean
}

/** What a credential gets for its n-th request, from 1. */
export type Script = (requestNumber: number, asked: ScriptedRequest) => Step

/** A good answer. */
export const ok = (options: Omit<OkStep, "_tag"> = {}): OkStep => ({ _tag: "Ok", ...options })

/** 401, as for a key that is wrong. */
export const unauthorized: ErrorStep = {
  _tag: "Error",
  status: 401,
  type: "authentication_error",
  message: "invalid x-api-key"
}

/** 403, as for a login that was revoked. */
export const revoked: ErrorStep = {
  _tag: "Error",
  status: 403,
  type: "permission_error",
  message: "OAuth token has been revoked. Please obtain a new token."
}

/** 429; without headers unless they are given. */
export const rateLimited = (headers: Readonly<Record<string, string>> = {}): ErrorStep => ({
  _tag: "Error",
  status: 429,
  type: "rate_limit_error",
  message: "This request would exceed your rate limit.",
  headers
})

/** 400 "credit balance is too low". */
export const outOfCredit: ErrorStep = {
  _tag: "Error",
  status: 400,
  type: "invalid_request_error",
  message:
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & " +
    "Billing to upgrade or purchase credits."
}

/** 402. */
export const paymentRequired: ErrorStep = {
  _tag: "Error",
  status: 402,
  type: "billing_error",
  message: "There is a problem with your payment method."
}

/** 429 of a subscription's plan, with the unified headers; `reset` in epoch seconds. */
export const planLimited = (claim: "five_hour" | "seven_day", reset: number): ErrorStep =>
  rateLimited({
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-representative-claim": claim,
    "anthropic-ratelimit-unified-reset": String(reset),
    [`anthropic-ratelimit-unified-${claim === "five_hour" ? "5h" : "7d"}-status`]: "rejected",
    [`anthropic-ratelimit-unified-${claim === "five_hour" ? "5h" : "7d"}-reset`]: String(reset),
    [`anthropic-ratelimit-unified-${claim === "five_hour" ? "5h" : "7d"}-utilization`]: "1.02"
  })

/** 529. */
export const overloaded: ErrorStep = {
  _tag: "Error",
  status: 529,
  type: "overloaded_error",
  message: "Overloaded"
}

/** 500. */
export const internal: ErrorStep = {
  _tag: "Error",
  status: 500,
  type: "api_error",
  message: "Internal server error"
}

/** 503 with the page of something in front of the API. */
export const htmlUnavailable: ErrorStep = {
  _tag: "Error",
  status: 503,
  headers: { "content-type": "text/html" },
  body: "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
}

/** 400 that the request itself caused. */
export const badRequest: ErrorStep = {
  _tag: "Error",
  status: 400,
  type: "invalid_request_error",
  message: "messages: at least one message is required"
}

/** The same step every time. */
export const always =
  (step: Step): Script =>
  () =>
    step

/** One step after the other; the last one stays. */
export const inTurn =
  (first: Step, ...rest: ReadonlyArray<Step>): Script =>
  (requestNumber) =>
    [first, ...rest][Math.min(requestNumber - 1, rest.length)] ?? first
