/** One credential, ready to be sent: what `AuthResolver` gives and an attempt takes. */
import type * as Redacted from "effect/Redacted"
import type { AgentId } from "../Agent/AgentId.ts"
import type { Kind } from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProviderId } from "../Profile/ProviderId.ts"

/** A resolved credential. */
export interface CredentialUse {
  readonly profile: ProfileId
  /**
   * The agent whose store holds it, and whose health file records it; the asking agent for ambient
   * keys.
   */
  readonly owner: AgentId
  readonly provider: ProviderId
  readonly kind: Kind
  readonly secret: Redacted.Redacted
  /** Marks this version of the secret: a refreshed token has another one. */
  readonly secretFingerprint: string
  /** Epoch ms at which the secret ends; absent when it does not, or nobody knows. */
  readonly expiresAt?: number | undefined
  /**
   * The one origin it may be sent to, e.g. `https://api.anthropic.com` (decision D4). No trailing
   * slash.
   */
  readonly origin: string
  /**
   * What stands before `/v1/…` at that origin: empty, or a path such as `/anthropic`. No trailing
   * slash.
   */
  readonly basePath: string
}
