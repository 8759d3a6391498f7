/**
 * A credential given to a program that sends requests by itself: Claude Code's `apiKeyHelper`, a
 * credential process, a script. The command and the gateway's socket give the same document
 * (decision D26a).
 */

import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AuthHeaders from "../Anthropic/AuthHeaders.ts"
import { lazily } from "../Document/lazily.ts"
import { listIf } from "../Document/listIf.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { AuthResolver } from "./AuthResolver.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import { PublicFingerprint } from "./PublicFingerprint.ts"

/** What is handed out: everything a program needs to send a request, and to report on it. */
export const IssuedToken = lazily(() =>
  Schema.Struct({
    version: Schema.Literal(1),
    agent: Schema.String,
    profile: Schema.String,
    provider: Schema.String,
    kind: Schema.Literal("api_key", "token", "oauth"),
    token: Schema.Redacted(Schema.NonEmptyString),
    /** The one address the secret may be sent to, without `/v1` (decision D4). */
    baseUrl: Schema.NonEmptyString,
    /** Names this version of the secret in a report; absent where it cannot be named. */
    fingerprint: Schema.optional(Schema.String),
    /** The request headers that carry it, by lower-case name. */
    headers: Schema.Record({ key: Schema.String, value: Schema.Redacted(Schema.String) }),
    /** Epoch ms; absent when the secret does not end, or nobody knows when. */
    expiresAt: Schema.optional(Schema.Number),
    /** The same in ISO 8601, for credential processes. */
    expiration: Schema.optional(Schema.String)
  })
)

export type IssuedToken = typeof IssuedToken.Type

/**
 * How long a secret is kept by whoever asked, in ms: Claude Code asks its helper every five
 * minutes; one more for slow ones.
 */
const keptMs = 360_000

/** The request headers of a credential; a bearer is refused without its beta, a key needs none. */
const headersOf = ({ kind, secret }: CredentialUse): IssuedToken["headers"] => {
  const [name, value] = Redacted.value(AuthHeaders.authorization({ kind, secret }))
  const betas = ["anthropic-beta", Redacted.make(AuthHeaders.betas(kind, []))] as const
  return Object.fromEntries([
    [name, Redacted.make(value)] as const,
    ...listIf(kind !== "api_key", betas)
  ])
}

/** The credential a request would be sent with now, good for as long as it will be kept. */
export const issueToken = Effect.fn("IssuedToken.issueToken")(function* (request: AuthRequest) {
  const use = yield* (yield* AuthResolver).resolve(request, keptMs)
  const fingerprints = yield* PublicFingerprint
  const { expiresAt } = use
  const issued: IssuedToken = {
    version: 1,
    agent: request.agent,
    profile: use.profile,
    provider: use.provider,
    kind: use.kind,
    token: Redacted.make(Redacted.value(use.secret).trim()),
    baseUrl: `${use.origin}${use.basePath}`,
    fingerprint: fingerprints.of(use.secretFingerprint),
    headers: headersOf(use),
    expiresAt,
    expiration: expiresAt === undefined ? undefined : EpochMs.toIso(expiresAt)
  }
  return issued
})
