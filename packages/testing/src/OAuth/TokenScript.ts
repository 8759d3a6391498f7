/**
 * What a scripted token endpoint does with its next requests; shared by the one in memory and the
 * one on loopback.
 */

import { defined } from "@clawdbot/domain/Document/defined"
import type { IssuedTokens } from "./TokenFamilies.ts"

/** One request's fate. Without anything it is answered as it should be. */
export interface TokenStep {
  /** Before the token is redeemed, in ms. */
  readonly beforeMs?: number
  /** Between redeeming and answering, in ms. */
  readonly afterMs?: number
  /** The token is redeemed and the connection reset without an answer. */
  readonly lose?: boolean
  /** Answered without being redeemed: a throttle, a failure, a page. */
  readonly instead?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string
  }
  /**
   * The connection is refused before the request is out. Only the one in memory can; on loopback,
   * stop the server.
   */
  readonly unreachable?: boolean
  /** The answer has no `refresh_token`, and the old one stays good. */
  readonly keepRefresh?: boolean
  /** The answer is for this account. */
  readonly account?: string
  /** Seconds; 28,800 otherwise. */
  readonly expiresIn?: number
  /** The answer of a grant as another server would word it: other types, missing fields. */
  readonly reword?: (answer: GrantedAnswer) => unknown
  /**
   * The answer's bytes are packed, with the header that says so or, for `bare gzip`, without.
   * `unknown` is a packing that nobody can undo.
   */
  readonly packed?: "gzip" | "bare gzip" | "deflate" | "raw deflate" | "br" | "unknown"
}

/** The answer of a grant (RFC 6749 §5.1), as the provider words it. */
export type GrantedAnswer = Readonly<Record<string, unknown>>

/** The answer to a redeemed token under a step. */
export const grantedAnswer = (step: TokenStep, tokens: IssuedTokens): GrantedAnswer => ({
  token_type: "Bearer",
  access_token: tokens.access,
  ...defined({ refresh_token: step.keepRefresh === true ? undefined : tokens.refresh }),
  expires_in: step.expiresIn ?? usualLife,
  scope: "user:inference user:profile",
  account: { uuid: tokens.account, email_address: `${tokens.account}@example.com` }
})

/** Steps that are used up one by one, and the one for all requests after them. */
export interface TokenScript {
  readonly next: () => TokenStep
  readonly push: (...steps: ReadonlyArray<TokenStep>) => void
  readonly always: (step: TokenStep) => void
}

/** A script in which everything goes well. */
export const make = (): TokenScript => {
  const steps: Array<TokenStep> = []
  let usual: TokenStep = {}
  return {
    next: () => steps.shift() ?? usual,
    push: (...more) => {
      steps.push(...more)
    },
    always: (step) => {
      usual = step
    }
  }
}

/** Usual seconds of an access token's life. */
export const usualLife = 28_800

/** A throttle that names its end, in seconds. */
export const throttled = (seconds: number): TokenStep => ({
  instead: {
    status: 429,
    headers: { "content-type": "application/json", "retry-after": String(seconds) },
    body: '{"error":"temporarily_unavailable"}'
  }
})

/** A page where a token was asked for. */
export const html = (status: number): TokenStep => ({
  instead: {
    status,
    headers: { "content-type": "text/html" },
    body: "<!doctype html><title>Just a moment</title>"
  }
})
