/** What the scripted Anthropic does with a request: data, so that a test reads like a table. */

/** An answer with a status, in the provider's envelope unless `body` says otherwise. */
export interface ErrorStep {
  readonly _tag: "Error"
  readonly status: number
  readonly type?: string
  readonly message?: string
  /** `error.details.error_code`. */
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Raw body instead of the envelope, e.g. a proxy's HTML page. */
  readonly body?: string
}

/** A good answer, plain or streamed as the request asks. */
export interface OkStep {
  readonly _tag: "Ok"
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Pause between events of a stream, in ms. */
  readonly gapMs?: number
  readonly gzip?: boolean
}

/** How a stream goes wrong, after how many of its events. */
export interface BrokenStreamStep {
  readonly _tag: "BrokenStream"
  readonly afterEvents: number
  /** `reset` the socket is destroyed · `end` the body ends cleanly without `message_stop` · `stall` nothing more comes · `error` an error event, then the end. */
  readonly how: "reset" | "end" | "stall" | "error"
  readonly errorType?: string
}

/** No answer at all. */
export interface SilentStep {
  readonly _tag: "Silent"
  /** `reset` the socket is destroyed before headers · `hang` nothing ever comes. */
  readonly how: "reset" | "hang"
}

/** Waits, then goes on with another step. */
export interface SlowStep {
  readonly _tag: "Slow"
  readonly delayMs: number
  readonly then: Step
}

export type Step = OkStep | ErrorStep | BrokenStreamStep | SilentStep | SlowStep

/** What a credential gets for its n-th request, from 1. */
export type Script = (requestNumber: number) => Step

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
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."
}

/** 529. */
export const overloaded: ErrorStep = { _tag: "Error", status: 529, type: "overloaded_error", message: "Overloaded" }

/** 500. */
export const internal: ErrorStep = { _tag: "Error", status: 500, type: "api_error", message: "Internal server error" }

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
