/**
 * How far a request has come on its way from one credential to the next: what was tried, what it
 * was refused with, and what that leaves open (decisions D10 and D32).
 */
import { maxTrialsPerRequest } from "../Health/Trial.ts"
import { isWeather, mayMoveOn, takesPrecedence } from "../Health/UpstreamFailure.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { TrailEntry } from "./Attempt.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Chosen } from "./Snapshot.ts"
import { unrefreshed } from "./trailEntry.ts"

/**
 * How many credentials the provider's weather may cost one request: the first and one more
 * (decision D10).
 */
const weatherAttempts = 2

type Refused<A> = Extract<AttemptResult<A>, { readonly _tag: "Refused" }>

/** How far a request has come. */
export class Progress<A> {
  readonly tried = new Set<ProfileId>()
  readonly broken: Array<OAuthRefreshFailed> = []
  trialsLeft = maxTrialsPerRequest
  /** No trial may be sent before this (epoch ms). */
  notBefore = 0
  /** The first whose secret ends soon, for a request that is sent once and finds no better one. */
  spare: (Chosen & { readonly use: CredentialUse }) | undefined
  refused: Refused<A> | undefined
  /** Whether it has waited for its conversation's credential: that happens once. */
  hasWaited = false
  /** How long that took, in ms, until the next attempt says it. */
  heldMs: number | undefined
  /** The credential it waited for, which goes first then. */
  preferred: ProfileId | undefined
  /** Epoch ms. */
  readonly beganAt: number
  /** Filled as the request goes, so that a caller has it also when it fails. */
  readonly trail: Array<TrailEntry>
  private weather = 0

  constructor(beganAt: number, trail: Array<TrailEntry>) {
    this.beganAt = beganAt
    this.trail = trail
  }

  /** With another model no cooldown is tested, and some credentials are no candidates. */
  beFallback(except: ReadonlyArray<ProfileId>): void {
    this.trialsLeft = 0
    for (const profile of except) this.tried.add(profile)
  }

  /** A login that could not be refreshed is no candidate any more. */
  addBroken(profile: ProfileId, error: OAuthRefreshFailed, now: number): void {
    this.broken.push(error)
    this.trail.push(unrefreshed(profile, error, now))
  }

  /** Takes a refusal in; true where another credential may do better. */
  addRefusal(result: Refused<A>): boolean {
    const { failure } = result
    if (this.refused === undefined || !takesPrecedence(this.refused.failure, failure))
      this.refused = result
    if (isWeather(failure)) this.weather += 1
    return mayMoveOn(failure) && this.weather < weatherAttempts
  }
}
