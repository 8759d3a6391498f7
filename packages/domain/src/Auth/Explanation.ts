/**
 * Why a request would get, or did not get, a credential: the dry run of `Failover` and the evidence
 * in its errors. A schema, because it crosses `--json`, the control plane and the errors unchanged.
 * Times are epoch ms; no secret.
 */

import * as Schema from "effect/Schema"
import type { AgentId } from "../Agent/AgentId.ts"
import { lazily } from "../Document/lazily.ts"
import { Kind } from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { QuotaSums } from "./economy/QuotaSums.ts"

/** Why a candidate stands where it stands (decision D16). */
export const PlaceReason = lazily(() =>
  Schema.Literal(
    "preferred",
    "explicit order of the agent",
    "explicit order of the config",
    "same conversation",
    "conversation's home",
    "by quota",
    "kind, then least recently used",
    "after the stored profiles"
  )
)
export type PlaceReason = typeof PlaceReason.Type

/** A window in the way of a candidate. */
export const Obstacle = lazily(() =>
  Schema.Struct({
    scope: Schema.String,
    class: Schema.String,
    source: Schema.String,
    /** Whether the provider gave the time; everything else is a guess (decision D32). */
    stated: Schema.optional(Schema.Boolean),
    until: Schema.Number
  })
)
export type Obstacle = typeof Obstacle.Type

/** Why a profile is no candidate at all. */
export const RejectReason = lazily(() =>
  Schema.Literal(
    "not in the order",
    "not in the store",
    "another provider",
    "config names another provider",
    "config names another kind",
    "no secret",
    "expired",
    "disabled by hand",
    "login ended",
    "superseded",
    "unclear",
    "refresh failed",
    "held back: pay-as-you-go",
    /** It holds a character that no header can carry. */
    "cannot be sent",
    /** It opens this gateway, and is no credential of the provider's. */
    "a token of this gateway",
    /** What documents write where a key belongs. */
    "a placeholder",
    /** A token of another program that is bound to another address than the provider's here. */
    "for another address",
    /** A variable of another program that holds something else. */
    "not a setup token",
    /** A variable that counts only where the agent has no other credential. */
    "held back: other credentials",
    /** A variable of the working folder's `.env`, which counts only where there is nothing else. */
    "held back: working folder"
  )
)
export type RejectReason = typeof RejectReason.Type

/** A profile that cannot answer, and why. */
export interface Rejected {
  readonly profile: ProfileId
  readonly reason: RejectReason
  readonly detail?: string
  /** What would keep it out as well, once the first reason is gone. */
  readonly also?: RejectReason | undefined
  /** The agent whose store holds it, and the type of credential; absent where no store does. */
  readonly owner?: AgentId | undefined
  readonly kind?: Kind | undefined
  /** A command or a setting. */
  readonly cure?: string
}

/** A profile that could answer, now or later. */
export const ExplainedCandidate = lazily(() =>
  Schema.Struct({
    profile: Schema.String,
    kind: Kind,
    /** The agent whose store holds it; empty for keys of the environment or the config. */
    owner: Schema.String,
    /** `half-open` a request that comes now may test its cooldown, since no credential is ready. */
    state: Schema.Literal("ready", "cooling", "half-open"),
    place: PlaceReason,
    obstacles: Schema.Array(Obstacle),
    /**
     * When one request may be sent with it to test its cooldown, where that is before its end and
     * no other credential is ready.
     */
    nextTrialAt: Schema.optional(Schema.Number),
    /** What it was compared by, where `auth.scheduling` is `economy` and it is ready. */
    quota: Schema.optional(QuotaSums)
  })
)
export type ExplainedCandidate = typeof ExplainedCandidate.Type

/** A profile that was passed over, and what cures it. */
export const ExplainedRejection = lazily(() =>
  Schema.Struct({
    profile: Schema.String,
    reason: RejectReason,
    /** Facts behind the reason: an expiry, the kinds that differ, the cause of a lost login. */
    detail: Schema.optional(Schema.String),
    /** What would keep it out as well, once the first reason is gone. */
    also: Schema.optional(RejectReason),
    /** The agent whose store holds it, and the type of credential; absent where no store does. */
    owner: Schema.optional(Schema.String),
    kind: Schema.optional(Kind),
    /** A command or a setting. */
    cure: Schema.optional(Schema.String)
  })
)
export type ExplainedRejection = typeof ExplainedRejection.Type

/**
 * Which credentials there are for a request, in their order, and why the others are none.
 *
 * @since 0.1.0
 * @category models
 */
export const Explanation = lazily(() =>
  Schema.Struct({
    agent: Schema.String,
    provider: Schema.String,
    model: Schema.optional(Schema.String),
    storePath: Schema.String,
    /** The profile a request would get now. */
    chosen: Schema.optional(Schema.String),
    candidates: Schema.Array(ExplainedCandidate),
    /**
     * Whether a conversation that begins gets a credential by its id, as gateways share them; the
     * order is that of a request without one.
     */
    byConversation: Schema.optional(Schema.Boolean),
    rejected: Schema.Array(ExplainedRejection),
    /** When the first cooling candidate comes back. */
    nextAt: Schema.optional(Schema.Number),
    /**
     * The models that may answer in place of this one, in order; only where `gateway.modelFallback`
     * is on.
     */
    fallbacks: Schema.optional(Schema.Array(Schema.String))
  })
)
/**
 * @since 0.1.0
 * @category models
 */
export type Explanation = typeof Explanation.Type
