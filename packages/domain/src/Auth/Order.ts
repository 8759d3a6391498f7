/**
 * What the order of a request's credentials is about (decisions D10, D15, D16 and D32): who can
 * answer at a moment, who cannot, and why. {@link "./OrderIndex.ts"} puts them in order. Pure.
 */

import type { ProfileHealth } from "../Health/HealthDocument.ts"
import type { RequestTarget } from "../Health/RequestTarget.ts"
import type { Window } from "../Health/Window.ts"
import type * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { loginEnded, unclear } from "./copyRejection.ts"
import type { QuotaMoment } from "./economy/compareQuota.ts"
import type { QuotaSums } from "./economy/QuotaSums.ts"
import { type Member, passedOver, type Rejected, type Roster } from "./Roster.ts"

/** What an order depends on beside the roster and the members' health. */
export interface Moment {
  /** Epoch ms. */
  readonly now: number
  /** What is asked for; limits of anything else do not count. */
  readonly target: RequestTarget
  readonly preferred: ProfileId | undefined
  /** The profile the conversation was on. */
  readonly affinity: ProfileId | undefined
  /** The conversation, where it decides on which credential it begins (`ConversationHome`). */
  readonly conversation?: string | undefined
  /** Where a choice goes by quota instead of by the automatic order (decision D57). */
  readonly quota?: QuotaMoment | undefined
}

/** How far a request has come. */
export interface Progress {
  /** What was tried, and is not tried again. */
  readonly tried: ReadonlySet<ProfileId>
  /** Whether the request may still test a cooldown (decision D32). */
  readonly trials: boolean
}

/** A request that is at its beginning. */
export const beginning: Progress = { tried: new Set(), trials: true }

/**
 * A profile that could answer. `half-open` means that it is cooling down, and that one request may
 * be sent with it to test the cooldown when no other credential is ready (decision D32).
 */
export interface Candidate extends Member {
  readonly state: "ready" | "half-open" | "cooling"
  readonly obstacles: ReadonlyArray<Window>
  /** Epoch ms at which its cooldowns are over; 0 when there are none. */
  readonly usableAt: number
  /** Epoch ms at which a request may use it, be it as a trial; 0 when one can now. */
  readonly availableAt: number
  readonly lastUsedAt: number
  /** The sums it was compared by, where that was by quota. */
  readonly quota: QuotaSums | undefined
}

/**
 * The result: usable candidates first, then half-open ones, those first that wait longest for a
 * trial, then the others that are cooling down, by when they are available.
 */
export interface Ranking {
  readonly candidates: ReadonlyArray<Candidate>
  readonly rejected: ReadonlyArray<Rejected>
}

/**
 * A ranking that is worked out when somebody asks for it: of hundreds of credentials, most callers
 * want to know no more than when one is available.
 */
export interface Evidence {
  /**
   * Epoch ms at which asking again is worth it, and soon, while the answer to a trial is awaited; 0
   * where a candidate is ready, undefined where there is none.
   */
  readonly retryAt: number | undefined
  readonly ranking: () => Ranking
}

/** Among automatic candidates: logins before tokens before keys (decision D15). */
export const kindRank: Readonly<Record<Credential.Kind, number>> = {
  oauth: 0,
  token: 1,
  api_key: 2
}

/** Larger than any epoch in ms, so that a kind outweighs every time. */
const kindStep = 1e14

/** Equal for keys of members of which each may be the home of a conversation. */
export const rankOf = (key: number): number => Math.floor(key / kindStep)

/**
 * Smaller for a member that goes first while it is ready: explicit orders and ambient keys keep
 * their place, the others go by kind and by how long they were not used. Never negative.
 */
export const keyOf = (
  { explicit }: Roster,
  { ambient, credential }: Member,
  position: number,
  { lastUsedAt }: ProfileHealth
): number => {
  if (ambient) return 10 * kindStep + position
  if (explicit) return position
  return kindRank[credential.type] * kindStep + (lastUsedAt ?? 0)
}

/** From when on a member cannot answer, whatever one waits for, in epoch ms. */
export const endOf = ({ expiresAt }: Member, { needsLogin }: ProfileHealth): number => {
  if (needsLogin === undefined) return expiresAt
  return 0
}

/** Why a member that has ended cannot answer. */
export const rejection = (member: Member, health: ProfileHealth): Rejected =>
  passedOver(member, ending(member, health))

const ending = (member: Member, health: ProfileHealth): Rejected => {
  const { expiresAt, profile } = member
  if (health.needsLogin !== undefined) return loginEnded(member, health.needsLogin.cause)
  if (member.copy?._tag === "Unclear") return unclear(member, member.copy.beside)
  return { profile, reason: "expired", detail: EpochMs.toIso(expiresAt) }
}
