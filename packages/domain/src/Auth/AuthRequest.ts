/** What a request needs a credential for. */
import type { AgentId } from "../Agent/AgentId.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProviderId } from "../Profile/ProviderId.ts"

/**
 * How long the secret of a request that is sent once should live, in ms: an upload takes its time.
 */
export const uploadLifeMs = 600_000

/**
 * The facts that choose a credential: what for (limits of anything else do not count), and for
 * whom.
 */
export interface AuthRequest extends RequestShape {
  readonly agent: AgentId
  readonly provider: ProviderId
  /** Only this profile may answer, even while it cools down. */
  readonly profile?: ProfileId | undefined
  /** True for a test by a person: what it finds climbs no ladder (decision D32). */
  readonly byHand?: boolean | undefined
  /** This profile goes first if it is usable. */
  readonly preferred?: ProfileId | undefined
  /**
   * The request can be sent once only, because its body passes through: no other credential is
   * tried, and its secret needs {@link uploadLifeMs} of life. Default: false.
   */
  readonly once?: boolean | undefined
  /** Keeps a conversation on one credential (decision D16). */
  readonly conversation?: string | undefined
  /** True for a sub-agent: a person waits for the one that began it. Default: false. */
  readonly background?: boolean | undefined
  /** The request goes with another model than it came with; absent for nearly all. */
  readonly fallback?: Fallback | undefined
}

/** What a request with another model depends on: no cooldown is tested for it. */
export interface Fallback {
  /** When its first attempt began, in epoch ms; undefined where there was none. */
  readonly beganAt: number | undefined
  /**
   * What was tried with the model that was asked for, where others were not reached: only
   * credentials that are paid for as one of these may answer. Undefined where all were reached.
   */
  readonly tried: ReadonlySet<ProfileId> | undefined
}
