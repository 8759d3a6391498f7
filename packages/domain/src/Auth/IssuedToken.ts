/**
 * A credential given to a program that sends requests by itself: Claude Code's `apiKeyHelper`, a
 * credential process, a script. The command and the gateway's socket give the same (decision D26a).
 */

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defined } from "../Document/defined.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { AuthResolver } from "./AuthResolver.ts"

/**
 * What is handed out. `expiresAt` is epoch ms, absent when the secret does not end, or nobody knows
 * when.
 */
export const IssuedToken = Schema.Struct({
  agent: Schema.String,
  profile: Schema.String,
  provider: Schema.String,
  kind: Schema.Literal("api_key", "token", "oauth"),
  token: Schema.Redacted(Schema.NonEmptyString),
  expiresAt: Schema.optional(Schema.Number)
})

export type IssuedToken = typeof IssuedToken.Type

/**
 * How long a secret is kept by whoever asked, in ms: Claude Code asks its helper every five
 * minutes; one more for slow ones.
 */
const keptMs = 360_000

/** The credential a request would be sent with now, good for as long as it will be kept. */
export const issueToken = Effect.fn("IssuedToken.issueToken")(function* (request: AuthRequest) {
  const use = yield* (yield* AuthResolver).resolve(request, keptMs)
  const handed: IssuedToken = {
    agent: request.agent,
    profile: use.profile,
    provider: use.provider,
    kind: use.kind,
    token: use.secret,
    ...defined({ expiresAt: use.expiresAt })
  }
  return handed
})
