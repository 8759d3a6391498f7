/** One request as it is ready to be sent, with its own model or with another one. */

import type { Trail } from "@clawdbot/domain/Auth/Attempt"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import type { Held } from "@clawdbot/domain/Auth/hold"
import type { CacheControlTtl } from "@clawdbot/domain/Config/agentsSection"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Outgoing } from "./exchange.ts"
import type { SkippedProfile } from "./ServedRequest.ts"

/** The other model that a request is sent with. */
export interface SentFallback {
  readonly model: string
  /** As in the header that tells the client. */
  readonly words: string
  /** The cache time to live that the config adds for it. */
  readonly ttl: Option.Option<CacheControlTtl>
}

/** One request that is ready to be sent. */
export interface Prepared {
  readonly asked: AuthRequest
  readonly outgoing: Outgoing
  readonly startedAt: number
  /** The cache time to live that the config adds for the model. */
  readonly ttl: Option.Option<CacheControlTtl>
  /** Reports the request at its end; `failure` names an error of ours. */
  readonly report: (
    trail: Trail,
    failure: string | undefined,
    skipped: ReadonlyArray<SkippedProfile> | undefined
  ) => Effect.Effect<void> | undefined
  /** The other model that it is sent with; undefined as long as its own may answer. */
  other: SentFallback | undefined
  /** How it waited for its conversation's credential; undefined where it did not. */
  held: Held | undefined
}
