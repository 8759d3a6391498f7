/**
 * Under which id a new credential is stored, and whether it takes the place of another one
 * (decision D38): what is stored and could still answer is never replaced unless a person says so.
 * Pure.
 */
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { rungOf } from "../Health/ladder.ts"
import { credential as credentialScope } from "../Health/Scope.ts"
import { isBlocking } from "../Health/Window.ts"
import * as Credential from "./Credential.ts"
import * as LoggedOut from "./LoggedOut.ts"
import type { ProfileDocument } from "./ProfileDocument.ts"
import * as ProfileId from "./ProfileId.ts"
import { unsendable } from "./secretText.ts"

/** Why a stored credential may be replaced without asking. */
export type Spent = "expired" | "sign-in ended" | "refused by the provider" | "no usable secret"

/**
 * Why a stored credential answers no request any more, or undefined where it may. Times in epoch
 * ms.
 */
export const spent = (
  credential: Credential.Credential,
  health: ProfileHealth,
  now: number
): Spent | undefined => {
  const secret = Credential.secret(credential)
  const isLogin = credential.type === "oauth" && !Credential.isBlank(credential.refresh)
  if (Credential.isBlank(secret) ? !isLogin : unsendable(secret) !== undefined)
    return "no usable secret"
  if (health.needsLogin !== undefined) return "sign-in ended"
  const end = isLogin ? undefined : Credential.expiresAt(credential)
  if (end !== undefined && now >= end) return "expired"
  const { lastGoodAt = 0, windows } = health
  const rung = rungOf(health.ladder, credentialScope)
  const isRefused =
    windows.some((window) => window.class === "auth" && isBlocking(window, now)) ||
    ((rung?.byClass.auth ?? 0) > 0 && (rung?.lastFailureAt ?? 0) > lastGoodAt)
  if (isRefused) return "refused by the provider"
  return undefined
}

/** What an agent's store holds, and how it fares. */
export interface StoreFacts {
  readonly document: ProfileDocument
  readonly healthOf: (
    profile: ProfileId.ProfileId,
    credential: Credential.Credential
  ) => ProfileHealth
  /** The agent whose credential keeps an id from being used for this one, if any does. */
  readonly holderOf: (profile: ProfileId.ProfileId) => string | undefined
  /** Epoch ms. */
  readonly now: number
}

/** Where a credential goes. */
export type Placement =
  /** Under this id; `replaced` is what stood there and could still have been wanted. */
  | {
      readonly _tag: "Put"
      readonly profile: ProfileId.ProfileId
      readonly replaced: Credential.Credential | undefined
      readonly why: Spent | "named" | undefined
    }
  /** The id holds a credential that may still answer; `free` is the id to keep both. */
  | {
      readonly _tag: "Taken"
      readonly profile: ProfileId.ProfileId
      readonly stored: Credential.Credential
      readonly free: ProfileId.ProfileId
    }
  /**
   * The id cannot be used: `holder` has a credential of another kind under it, or, where there is
   * no holder, the store holds a record that cannot be read, or the id means a key that is in no
   * store. `free` is the id that can.
   */
  | {
      readonly _tag: "Unusable"
      readonly profile: ProfileId.ProfileId
      readonly holder: string | undefined
      readonly free: ProfileId.ProfileId
    }

/** `anthropic:default-2` for the second credential under `anthropic:default`. */
const numbered = (profile: ProfileId.ProfileId, number: number): ProfileId.ProfileId =>
  ProfileId.of(`${profile}-${number}`)

/** Puts a credential under an id that holds nothing, the same secret, or one that is spent. */
const putUnder = (
  profile: ProfileId.ProfileId,
  credential: Credential.Credential,
  { document, healthOf, holderOf, now }: StoreFacts
): Extract<Placement, { readonly _tag: "Put" }> | undefined => {
  const isUnreadable = document.unreadable.some(({ id }) => id === profile)
  const isAmbient = ProfileId.sourceOf(profile) !== undefined
  if (isUnreadable || isAmbient || holderOf(profile) !== undefined) return undefined
  const stored = document.profiles.get(profile)
  if (stored === undefined || LoggedOut.isSame(stored, credential))
    return { _tag: "Put", profile, replaced: undefined, why: undefined }
  const why = spent(stored, healthOf(profile, stored), now)
  if (why === undefined) return undefined
  return { _tag: "Put", profile, replaced: stored, why }
}

/**
 * The next id of the same name: one that holds this secret already, so that a script that runs
 * twice stores it once; else the first that is free or spent.
 */
const nextFree = (
  profile: ProfileId.ProfileId,
  credential: Credential.Credential,
  facts: StoreFacts
): ProfileId.ProfileId => {
  const { profiles } = facts.document
  for (let number = 2; profiles.has(numbered(profile, number)); number++) {
    const stored = profiles.get(numbered(profile, number))
    if (stored !== undefined && LoggedOut.isSame(stored, credential))
      return numbered(profile, number)
  }
  let number = 2
  while (putUnder(numbered(profile, number), credential, facts) === undefined) number++
  return numbered(profile, number)
}

/**
 * Where a credential goes that is wanted under an id. `isNamed`: the person named the id, or said
 * that what is there is to be replaced.
 */
export const place = (
  profile: ProfileId.ProfileId,
  isNamed: boolean,
  credential: Credential.Credential,
  facts: StoreFacts
): Placement => {
  const put = putUnder(profile, credential, facts)
  if (put !== undefined) return put
  if (ProfileId.sourceOf(profile) !== undefined) {
    const usual = ProfileId.usual(credential.provider)
    const free = putUnder(usual, credential, facts)?.profile ?? nextFree(usual, credential, facts)
    return { _tag: "Unusable", profile, holder: undefined, free }
  }
  const free = nextFree(profile, credential, facts)
  const stored = facts.document.profiles.get(profile)
  const holder = facts.holderOf(profile)
  if (holder !== undefined || stored === undefined)
    return { _tag: "Unusable", profile, holder, free }
  if (isNamed) return { _tag: "Put", profile, replaced: stored, why: "named" }
  const beside = facts.document.profiles.get(free)
  if (beside !== undefined && LoggedOut.isSame(beside, credential))
    return { _tag: "Put", profile: free, replaced: undefined, why: undefined }
  return { _tag: "Taken", profile, stored, free }
}
