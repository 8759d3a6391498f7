/**
 * Port: the provider's token endpoint (docs/provider.md). Layers: HTTP (`@clawdbot/node`),
 * scripted (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import { taggedError } from "../Document/taggedError.ts"

/** What is asked for: one refresh token redeemed. */
export interface TokenRequest {
  readonly refreshToken: Redacted.Redacted
  readonly clientId: string
  /** Absolute; https, or http to loopback. */
  readonly tokenUrl: string
  /** Asked right before the request goes out; where it says no, nothing is sent (`fenced`). */
  readonly mayAsk?: (() => boolean) | undefined
}

/** What an answer grants. */
export const TokenGrant = lazily(() =>
  Schema.Struct({
    access: Schema.Redacted(Schema.NonEmptyString),
    /** Absent: the old refresh token stays good. */
    refresh: Schema.optional(Schema.Redacted(Schema.NonEmptyString)),
    /** Lifetime of the access token in ms. */
    expiresInMs: Schema.optional(Schema.Number),
    accountId: Schema.optional(Schema.String),
    email: Schema.optional(Schema.String),
    organizationId: Schema.optional(Schema.String),
    scope: Schema.optional(Schema.String)
  })
)
export type TokenGrant = typeof TokenGrant.Type

/**
 * An answer of status 200 in which no token could be read. The tokens it may hold exist nowhere
 * else, so it is kept as it came.
 */
export const UnreadAnswer = lazily(() =>
  Schema.Struct({
    status: Schema.Number,
    /** The `content-encoding` it was sent with. */
    encoding: Schema.optional(Schema.String),
    /** Its bytes, in base64. */
    bytes: Schema.Redacted(Schema.String)
  })
)
export type UnreadAnswer = typeof UnreadAnswer.Type

/**
 * The endpoint's definitive no to this refresh token: `invalid_grant`, or a revocation it names.
 */
export class GrantRefused extends taggedError<GrantRefused>()("GrantRefused", () => ({
  status: Schema.Number,
  /** The RFC 6749 error code. */
  code: Schema.String
})) {
  override get message() {
    return `the token endpoint refused the refresh token (${this.code}, status ${this.status})`
  }
}

/**
 * No answer, or none that says anything about the refresh token. Never a reason to end a login
 * (decision D6).
 */
export class TokenRequestFailed extends taggedError<TokenRequestFailed>()(
  "TokenRequestFailed",
  () => ({
    cause: Schema.Literal("throttled", "offline", "malformed", "server", "fenced"),
    /** An RFC 6749 error code, a status, or a system's error code; never a body. */
    detail: Schema.String,
    /** How long the endpoint asks to be left alone, in ms. */
    retryAfterMs: Schema.optional(Schema.Number),
    /** Whether trying again soon may help at all. */
    transient: Schema.Boolean,
    /**
     * Whether the refresh token may have been used up all the same: the request was out, and no
     * answer said otherwise.
     */
    uncertain: Schema.Boolean,
    /** What came instead of a token with status 200. */
    unread: Schema.optional(UnreadAnswer)
  })
) {
  override get message() {
    return `the token endpoint returned no usable response: ${this.cause} (${this.detail})`
  }
}

/**
 * - `refresh` redeems a refresh token. One request a call, no repetition; interruption closes the
 *   connection.
 * - `reread` looks once more at an answer that could not be read when it came, perhaps by an older
 *   version of this program. Nothing is sent.
 */
export class TokenEndpoint extends Context.Tag("@clawdbot/domain/OAuth/TokenEndpoint")<
  TokenEndpoint,
  {
    readonly refresh: (
      request: TokenRequest
    ) => Effect.Effect<TokenGrant, GrantRefused | TokenRequestFailed>
    readonly reread: (answer: UnreadAnswer) => Option.Option<TokenGrant>
  }
>() {}
