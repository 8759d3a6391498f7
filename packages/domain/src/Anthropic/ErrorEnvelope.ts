/**
 * Errors in the provider's own form, so that every client understands ours as it understands the
 * provider's (decision D29).
 */

/** The provider's error types that we use for our own errors. */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "overloaded_error"
  | "api_error"

/** A finished error answer. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

/**
 * An error answer in the provider's envelope. `retryAfterSeconds` also decides `x-should-retry`
 * (decision D29).
 */
export const make = (options: {
  readonly status: number
  readonly type: ErrorType
  readonly message: string
  /** Which of our errors it is, under `error.details.error_code`. */
  readonly code: string
  readonly requestId: string
  readonly retryAfterSeconds?: number
  /**
   * Whether trying again can help at all; default: only with a `retryAfterSeconds` of at most 60.
   */
  readonly retryable?: boolean
}): ErrorAnswer => {
  const retryable =
    options.retryable ??
    (options.retryAfterSeconds !== undefined && options.retryAfterSeconds <= 60)
  return {
    status: options.status,
    headers: {
      "content-type": "application/json",
      "request-id": options.requestId,
      ...(options.retryAfterSeconds !== undefined
        ? { "retry-after": String(options.retryAfterSeconds) }
        : {}),
      ...(retryable ? {} : { "x-should-retry": "false" })
    },
    body: JSON.stringify({
      type: "error",
      error: {
        type: options.type,
        message: options.message,
        details: { error_code: options.code }
      },
      request_id: options.requestId
    })
  }
}
