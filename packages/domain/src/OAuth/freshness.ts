/**
 * When a login is refreshed. Pure; times in ms, instants in epoch ms. The thresholds are those of
 * the provider's own client library: more than 120 s left, use it; 30 to 120 s, use it and refresh
 * beside it; less than 30 s, refresh first.
 */

import * as Credential from "../Profile/Credential.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import type { TokenGrant } from "./TokenEndpoint.ts"

/** Less life than this: refreshed in the background, unless a program does so even earlier. */
export const advisoryMs = 120_000
/** Less life than this: refreshed before it is used. */
export const dueMs = 30_000
/** How long a whole refresh may talk to the token endpoint, repetitions included. */
export const timeLimitMs = 30_000
/** Backoff after a refresh that failed, unless the endpoint asks for a longer one. */
export const backoffMs = 5_000
/** The longest rest that a throttling endpoint is granted. */
export const maxBackoffMs = 3_600_000
const skewMs = 300_000
const assumedLifeMs = 3_600_000

export type Freshness = "fresh" | "advisory" | "due"

/**
 * How much a login's access token is still worth, where it is refreshed `aheadMs` before its end.
 * One without a known end counts as ended.
 */
export const freshness = (
  credential: Credential.OAuth,
  now: number,
  aheadMs: number = advisoryMs
): Freshness => {
  if (Credential.isBlank(credential.access)) return "due"
  const left = credential.expires - now
  if (left > aheadMs) return "fresh"
  if (left >= dueMs) return "advisory"
  return "due"
}

/** A pause after a refresh that failed; epoch ms. */
export interface Backoff {
  readonly since: number
  readonly until: number
}

/**
 * Whether a pause is not over yet. One that began in the future was noted by a clock that has been
 * set back since.
 */
export const isBackingOff = <R extends Backoff>(
  backoff: R | undefined,
  now: number
): backoff is R => backoff !== undefined && backoff.until > now && backoff.since <= now + backoffMs

/**
 * Whether an access token may still be sent when no new one can be had: it has life left, or nobody
 * knows its end.
 */
export const mayStillBeUsed = (credential: Credential.OAuth, now: number): boolean =>
  !Credential.isBlank(credential.access) && (credential.expires <= 0 || credential.expires > now)

/** The longest that anybody waits for a refresh while the present token is still good, in ms. */
const maxWaitMs = 5_000

/**
 * How long to wait for a refresh whose result is wanted but not needed yet, in ms: so that what is
 * handed out in the end has at least half the life it has now. Undefined: the present token is no
 * good, so the refresh is waited for.
 */
export const waitWhileUsable = (credential: Credential.OAuth, now: number): number | undefined => {
  if (!Credential.isBlank(credential.access) && credential.expires > now)
    return Math.min(maxWaitMs, (credential.expires - now) / 2)
  return undefined
}

/**
 * Epoch ms to store as the end of a granted access token: five minutes early, as the other programs
 * that share these files have it; a tenth early for a token that lives less than fifty minutes. An
 * answer that names no lifetime is believed for an hour.
 */
export const expiryOf = (grant: TokenGrant, grantedAt: number): number => {
  const life = grant.expiresInMs ?? assumedLifeMs
  return EpochMs.clamp(Math.trunc(grantedAt + life - Math.min(skewMs, life / 10)))
}

/**
 * A login is refreshed no more often than this because its access token was refused, in ms
 * (decision D37): where the provider refuses what it has just granted, another grant does not help.
 */
export const minRefreshIntervalMs = 60_000

/** Whether something happened less than `ms` ago; what lies ahead was noted by another clock. */
export const isWithin = (at: number, ms: number, now: number): boolean => at <= now && now - at < ms

/**
 * Why a login is looked at: `Advisory` ahead of its end (by `aheadMs`; default: `advisoryMs`),
 * `Due` at its end, `Refused` because the provider refused this access token, `Asked` because
 * somebody wants another one than this.
 */
export type Demand =
  | { readonly _tag: "Advisory"; readonly aheadMs?: number | undefined }
  | { readonly _tag: "Due" }
  | { readonly _tag: "Refused"; readonly accessFingerprint: string }
  | { readonly _tag: "Asked"; readonly accessFingerprint: string }

/** Whether a demand is for another access token than this one. */
export const isUnwanted = (credential: Credential.OAuth, demand: Demand): boolean =>
  (demand._tag === "Refused" || demand._tag === "Asked") &&
  Credential.secretFingerprint(credential) === demand.accessFingerprint

/** Whether a login as it is now meets the demand, so that no refresh is needed. */
export const meets = (credential: Credential.OAuth, demand: Demand, now: number): boolean => {
  const state = freshness(credential, now)
  switch (demand._tag) {
    case "Advisory":
      return freshness(credential, now, demand.aheadMs) === "fresh"
    case "Due":
      return state !== "due"
    case "Refused":
    case "Asked":
      return state !== "due" && !isUnwanted(credential, demand)
  }
}

/**
 * Pause before the next try of one refresh, in ms: 0.5 s, doubled each time up to 8 s; `random` in
 * [0, 1) takes up to half of it off.
 */
export const pauseBefore = (attempt: number, random: number): number =>
  Math.round(Math.min(500 * 2 ** Math.max(0, attempt - 1), 8_000) * (1 - random / 2))
