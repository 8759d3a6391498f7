/**
 * What the parts of one refresh share: the services it is made of, what it holds while it runs, and
 * how it ends.
 */

import type * as Option from "effect/Option"
import type { HeldSharedLogin, SharedLogin } from "../ClaudeCode/SharedLogin.ts"
import type { ConfigStore } from "../Config/ConfigStore.ts"
import type { Paths } from "../Environment/StatePaths.ts"
import type { HealthStore } from "../Health/HealthStore.ts"
import type * as Credential from "../Profile/Credential.ts"
import type { ProfileStore } from "../Profile/ProfileStore.ts"
import { textOf } from "../Text/textIf.ts"
import { type Demand, isUnwanted, meets } from "./freshness.ts"
import type { HeldStore, HeldStores } from "./HeldStores.ts"
import type { CopyStatus } from "./LoginCopies.ts"
import { OAuthRefreshFailed, type RefreshCause } from "./OAuthError.ts"
import type { RefreshJournal } from "./RefreshJournal.ts"
import type { RefreshLease } from "./RefreshLease.ts"
import type { StoredLogin } from "./StoredLogin.ts"
import type { TokenEndpoint, TokenGrant } from "./TokenEndpoint.ts"

/** The services a refresh is made of. */
export interface RefreshPorts {
  readonly configs: typeof ConfigStore.Service
  readonly endpoint: typeof TokenEndpoint.Service
  readonly healths: typeof HealthStore.Service
  readonly journal: typeof RefreshJournal.Service
  readonly lease: typeof RefreshLease.Service
  readonly paths: Paths
  readonly profiles: typeof ProfileStore.Service
  readonly shared: typeof SharedLogin.Service
  readonly stores: typeof HeldStores.Service
  /**
   * Answers that not every store holds yet, by fingerprint. The journal has them too, unless it
   * could not be written either.
   */
  readonly unclaimed: Map<string, { readonly grant: TokenGrant; readonly at: number }>
}

/**
 * `Again`: the login moved on to another version, which does not meet the demand either.
 * `granted`: it came out of asking for it just now. `Recent`: the token that was refused is the one
 * of a refresh a moment ago.
 */
export type Outcome =
  | { readonly _tag: "Done"; readonly credential: Credential.OAuth; readonly granted?: true }
  | { readonly _tag: "Again"; readonly credential: Credential.OAuth }
  | { readonly _tag: "Recent"; readonly credential: Credential.OAuth }

/** A failure of a login's refresh; `detail` never holds a secret. */
export const failure = (
  login: StoredLogin,
  cause: RefreshCause,
  detail: string,
  more: Pick<OAuthRefreshFailed, "retryAt" | "newerIn"> = {}
): OAuthRefreshFailed =>
  new OAuthRefreshFailed({
    provider: login.credential.provider,
    profile: login.profile,
    agent: login.owner,
    cause,
    detail,
    ...more
  })

/**
 * What a failure of a store, the journal or a lock is to the caller: nothing was asked for, because
 * it could not be kept.
 */
export const notStored =
  (login: StoredLogin) => (problem: { readonly _tag: string; readonly code?: string }) =>
    failure(
      login,
      problem._tag === "StoreLocked" ? "busy" : "store",
      `${problem._tag}${textOf(problem.code, (code) => ` ${code}`)}`
    )

/** A refresh with everything it needs in its hands. */
export interface LockedRefresh {
  readonly login: StoredLogin
  readonly fingerprint: string
  readonly demand: Demand
  readonly held: ReadonlyArray<HeldStore>
  /** What the login is beside its copies in other stores, as seen under the locks. */
  readonly copy: CopyStatus
  readonly shared: Option.Option<HeldSharedLogin>
  /** Whether the lease still lets the provider be asked. */
  readonly mayAsk: () => boolean
}

/**
 * How a round ends when the login turned out to be another version than was asked about. That
 * one was made a moment ago by somebody else: it counts as long as it is alive, however short it
 * lives, or processes would go on refreshing after each other.
 */
export const replacedBy = (credential: Credential.OAuth, demand: Demand, now: number): Outcome => ({
  _tag:
    meets(credential, demand, now) || (credential.expires > now && !isUnwanted(credential, demand))
      ? "Done"
      : "Again",
  credential
})
