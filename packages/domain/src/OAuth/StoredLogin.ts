/** A login as a store holds it, and what tells one version of it from the next. */
import type { AgentId } from "../Agent/AgentId.ts"
import type { OAuth } from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { fingerprint } from "../Profile/Secret.ts"

/** A stored login: whose store holds it, under which name. */
export interface StoredLogin {
  readonly owner: AgentId
  readonly profile: ProfileId
  readonly credential: OAuth
}

/**
 * Marks a version of a login: a refresh token is single use, so each names exactly one grant
 * (decision D8a).
 */
export const refreshFingerprint = (credential: OAuth): string => fingerprint(credential.refresh)
