/**
 * What one process remembers of its refreshes: callers and watched stores are a moment behind them.
 * Times are epoch ms.
 */
import * as Credential from "../Profile/Credential.ts"
import {
  type Backoff,
  backoffMs,
  isBackingOff,
  isWithin,
  maxBackoffMs,
  minRefreshIntervalMs
} from "./freshness.ts"
import { isForStore, type OAuthRefreshFailed } from "./OAuthError.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"

/**
 * How long a replaced token is remembered for callers that still hold it, in ms: longer than any
 * store is behind.
 */
const rememberMs = 600_000

/** What took the place of a refresh token; `granted` says that this process asked for it. */
interface Replacement {
  readonly credential: Credential.OAuth
  readonly at: number
  readonly granted: boolean
}

export class RefreshMemory {
  /** By the fingerprint of the refresh token that was replaced, oldest first. */
  private readonly replaced = new Map<string, Replacement>()
  private readonly backoffs = new Map<string, Backoff & { readonly failure: OAuthRefreshFailed }>()

  /** The newest tokens known here of the login a caller holds. */
  newest(login: StoredLogin): StoredLogin {
    let { credential } = login
    const seen = new Set<string>()
    for (
      let fingerprint = refreshFingerprint(credential);
      !seen.has(fingerprint);
      fingerprint = refreshFingerprint(credential)
    ) {
      seen.add(fingerprint)
      const next = this.replaced.get(fingerprint)?.credential
      if (next === undefined) break
      // Without rotation both hold one refresh token: the one that lives longer is the newer.
      if (refreshFingerprint(next) !== fingerprint || next.expires > credential.expires)
        credential = next
    }
    if (credential === login.credential) return login
    return { ...login, credential }
  }

  /** Notes what took the place of a refresh token. */
  remember(before: string, replacement: Replacement): void {
    for (const [fingerprint, { at }] of this.replaced) {
      if (at >= replacement.at - rememberMs) break
      this.replaced.delete(fingerprint)
    }
    // Deleted first, so that it stands last: the order is that of time.
    this.replaced.delete(before)
    this.replaced.set(before, replacement)
  }

  /** Whether this process was granted this very access token a moment ago (decision D37). */
  isFromJustNow(credential: Credential.OAuth, now: number): boolean {
    const fingerprint = Credential.secretFingerprint(credential)
    return [...this.replaced.values()].some(
      (known) =>
        known.granted &&
        isWithin(known.at, minRefreshIntervalMs, now) &&
        Credential.secretFingerprint(known.credential) === fingerprint
    )
  }

  /** Lets a refresh token alone for a while after a refresh that failed. */
  backOff(fingerprint: string, failure: OAuthRefreshFailed, now: number): void {
    for (const [key, found] of this.backoffs) {
      if (!isBackingOff(found, now)) this.backoffs.delete(key)
    }
    const until = Math.max(now + backoffMs, Math.min(failure.retryAt ?? 0, now + maxBackoffMs))
    this.backoffs.set(fingerprint, { since: now, until, failure })
  }

  /** Ends the rests that a store gave cause for which may be used again. */
  resume(): void {
    for (const [fingerprint, { failure }] of this.backoffs) {
      if (isForStore(failure.cause)) this.backoffs.delete(fingerprint)
    }
  }

  /** Why a refresh token is let alone now; undefined where it is not. */
  backoffOf(fingerprint: string, now: number): OAuthRefreshFailed | undefined {
    const found = this.backoffs.get(fingerprint)
    if (isBackingOff(found, now)) return found.failure
    return undefined
  }
}
