/**
 * Why a login could not be refreshed (decisions S9 and D6). Only a definitive word of the provider
 * ends a login.
 */

import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"

/**
 * `revoked` the provider said the login is over · `consumed` its refresh token was already used up
 * and the answer was lost · `account_changed` the answer was for another account · `throttled` the
 * token endpoint limits this network · `offline` it could not be reached · `malformed` its answer
 * made no sense · `server` it failed · `busy` another process holds the refresh lease for too long
 * · `store` the new token could not be stored safely, so none was asked for · `superseded` another
 * store holds a newer copy of this login · `unclear` another store holds a newer login of this
 * name, and nothing says whether both are of one account · `undecided` another gateway asked for
 * the next token and may still have the answer, so asking again could end the login.
 */
export const RefreshCause = Schema.Literal(
  "revoked",
  "consumed",
  "account_changed",
  "throttled",
  "offline",
  "malformed",
  "server",
  "busy",
  "store",
  "superseded",
  "unclear",
  "undecided"
)
export type RefreshCause = typeof RefreshCause.Type

/** "OAuth token refresh failed …" of the user's page, with its cause. Nothing was deleted. */
export class OAuthRefreshFailed extends taggedError<OAuthRefreshFailed>()(
  "OAuthRefreshFailed",
  () => ({
    provider: Schema.String,
    profile: Schema.String,
    agent: Schema.String,
    cause: RefreshCause,
    /** RFC 6749 `error`, a status, or a system's error code; never a body, never a secret. */
    detail: Schema.String,
    /** Epoch ms before which trying again is useless, when the endpoint said so. */
    retryAt: Schema.optional(Schema.Number),
    /** Whose store holds the newer login, for `superseded` and `unclear`. */
    newerIn: Schema.optional(Schema.String)
  })
) {
  override get message() {
    return (
      `OAuth token refresh failed for ${this.provider} (profile "${this.profile}"): ` +
      `${this.cause} (${this.detail})`
    )
  }
}

/** Whether the login is over, so that a person must sign in again. */
export const endsLogin = (cause: RefreshCause): boolean =>
  cause === "revoked" || cause === "consumed" || cause === "account_changed"

/** Whether a person must do something about it: the causes that time does not heal. */
export const isFinal = (cause: RefreshCause): boolean =>
  endsLogin(cause) || cause === "superseded" || cause === "unclear"

/** Whether trying again may help as soon as a store that was away is there again. */
export const isForStore = (cause: RefreshCause): boolean =>
  cause === "store" || cause === "busy" || cause === "undecided"
