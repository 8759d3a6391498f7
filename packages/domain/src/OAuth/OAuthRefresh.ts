/** Keeps logins alive: the one place that redeems a refresh token (design.md, guarantee 1). */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import type { OAuth } from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { OAuthRefreshFailed } from "./OAuthError.ts"

/** A stored login: whose store holds it, under which name. */
export interface StoredLogin {
  readonly owner: AgentId
  readonly profile: ProfileId
  readonly credential: OAuth
}

/**
 * - `ensureFresh` gives a login whose access token is good: the one it was given when that has enough life left (a refresh in the
 *   background is started when it is close to its end), otherwise the refreshed one; many callers share one refresh.
 * - `afterRefusal` is for a 401: refreshes once, unless somebody already did since the access token with `refusedFingerprint` was read.
 */
export class OAuthRefresh extends Context.Tag("@clawdbot/domain/OAuth/OAuthRefresh")<
  OAuthRefresh,
  {
    readonly ensureFresh: (login: StoredLogin) => Effect.Effect<OAuth, OAuthRefreshFailed>
    readonly afterRefusal: (login: StoredLogin, refusedFingerprint: string) => Effect.Effect<OAuth, OAuthRefreshFailed>
  }
>() {}
