/**
 * Errors in the provider's form: reading the provider's, and writing our own, so that every client
 * understands ours as it understands the provider's (decision D29).
 */

import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { defined } from "../Document/defined.ts"
import { lazily } from "../Document/lazily.ts"
import { optional as lenient } from "../Document/lenient.ts"

/** An envelope as the provider sends it. More members may come with it. */
const Envelope = lazily(() =>
  Schema.Struct({
    type: Schema.Literal("error"),
    error: Schema.Struct({
      type: lenient(Schema.String),
      message: lenient(Schema.String),
      code: lenient(Schema.String),
      reset_after_seconds: lenient(Schema.Number),
      details: lenient(
        Schema.Struct({
          error_code: lenient(Schema.String),
          reset_after_seconds: lenient(Schema.Number)
        })
      )
    }),
    request_id: lenient(Schema.String)
  })
)

const decodeEnvelope = atFirstUse(() => Schema.decodeUnknownOption(Schema.parseJson(Envelope)))

/** What one of the provider's errors says of itself. */
export interface ProviderError {
  readonly type?: string | undefined
  readonly message?: string | undefined
  /** `error.details.error_code`; some put it at `error.code`. */
  readonly code?: string | undefined
  readonly requestId?: string | undefined
  readonly resetAfterSeconds?: number | undefined
}

/** An error in the provider's envelope; undefined for every other text, such as a proxy's page. */
export const read = (body: string): ProviderError | undefined =>
  Option.match(decodeEnvelope(body), {
    onNone: () => undefined,
    onSome: ({ error, request_id }) => ({
      type: error.type,
      message: error.message,
      code: error.details?.error_code ?? error.code,
      requestId: request_id,
      resetAfterSeconds: error.details?.reset_after_seconds ?? error.reset_after_seconds
    })
  })

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
  readonly requestId: string | undefined
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
      ...defined({
        "request-id": options.requestId,
        "retry-after":
          options.retryAfterSeconds !== undefined ? String(options.retryAfterSeconds) : undefined,
        "x-should-retry": retryable ? undefined : "false"
      })
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
