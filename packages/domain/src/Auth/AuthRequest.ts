/** What a request needs a credential for. */
import type { AgentId } from "../Agent/AgentId.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProviderId } from "../Profile/ProviderId.ts"

/** The facts that choose a credential: what for (limits of anything else do not count), and for whom. */
export interface AuthRequest extends RequestShape {
  readonly agent: AgentId
  readonly provider: ProviderId
  /** Only this profile may answer, even while it cools down. */
  readonly profile?: ProfileId | undefined
  /** This profile goes first if it is usable. */
  readonly preferred?: ProfileId | undefined
  /** Keeps a conversation on one credential (decision D16). */
  readonly conversation?: string | undefined
}
