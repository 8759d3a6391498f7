/**
 * Port: the provider's token endpoint (anthropic-protocol.md §2). Layers: HTTP (`@clawdbot/node`),
 * scripted (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What is asked for: one refresh token redeemed. */
export interface TokenRequest {
  readonly refreshToken: Redacted.Redacted
  readonly clientId: string
  /** Absolute; https, or http to loopback. */
  readonly tokenUrl: string
}

/** What an answer grants. Without `refresh` the old refresh token stays good. */
export interface TokenGrant {
  readonly access: Redacted.Redacted
  readonly refresh?: Redacted.Redacted
  /** Lifetime of the access token in ms. */
  readonly expiresInMs?: number
  readonly accountId?: string
  readonly email?: string
  readonly scope?: string
}

/**
 * The endpoint's definitive no to this refresh token: `invalid_grant`, or a revocation it names.
 */
export class GrantRefused extends Schema.TaggedError<GrantRefused>()("GrantRefused", {
  status: Schema.Number,
  /** The RFC 6749 error code. */
  code: Schema.String
}) {
  override get message() {
    return `the token endpoint refused the refresh token (${this.code}, status ${this.status})`
  }
}

/**
 * No answer, or none that says anything about the refresh token. Never a reason to end a login
 * (decision D6).
 */
export class TokenRequestFailed extends Schema.TaggedError<TokenRequestFailed>()(
  "TokenRequestFailed",
  {
    cause: Schema.Literal("throttled", "offline", "malformed", "server"),
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
    uncertain: Schema.Boolean
  }
) {
  override get message() {
    return `the token endpoint gave no usable answer: ${this.cause} (${this.detail})`
  }
}

/**
 * Redeems refresh tokens. One request a call, no repetition; interruption closes the connection.
 */
export class TokenEndpoint extends Context.Tag("@clawdbot/domain/OAuth/TokenEndpoint")<
  TokenEndpoint,
  {
    readonly refresh: (
      request: TokenRequest
    ) => Effect.Effect<TokenGrant, GrantRefused | TokenRequestFailed>
  }
>() {}
