/**
 * How long a credential lives, as `models status` tells it (docs/formats.md). Times in epoch ms,
 * durations in ms.
 */
import * as Credential from "../Profile/Credential.ts"

/** From when on an end is close enough to be told. */
export const warnAfterMs = 24 * 60 * 60_000

/** `static` it does not end · `missing` a login without a usable expiry. */
export type ExpiryStatus = "static" | "ok" | "expiring" | "expired" | "missing"

/** The expiry of one credential. */
export interface Expiry {
  readonly status: ExpiryStatus
  readonly expiresAt?: number
  readonly remainingMs?: number
  /** Whether the login renews itself, so that its end needs nobody's attention (decision D21). */
  readonly refreshable: boolean
}

const byRemaining = (remainingMs: number): ExpiryStatus => {
  if (remainingMs <= 0) return "expired"
  if (remainingMs <= warnAfterMs) return "expiring"
  return "ok"
}

/**
 * The expiry of a credential at a time. For a login, `expiresAt` is what is stored, even where it
 * is no date.
 */
export const expiry = (credential: Credential.Credential, now: number): Expiry => {
  switch (credential.type) {
    case "api_key":
      return { status: "static", refreshable: false }
    case "token": {
      const expiresAt = Credential.tokenExpiry(credential)
      if (expiresAt === undefined) return { status: "static", refreshable: false }
      const remainingMs = expiresAt - now
      return { status: byRemaining(remainingMs), expiresAt, remainingMs, refreshable: false }
    }
    case "oauth": {
      const refreshable = !Credential.isBlank(credential.refresh)
      const { expires } = credential
      if (!Number.isFinite(expires) || expires <= 0)
        return { status: "missing", expiresAt: expires, refreshable }
      const remainingMs = expires - now
      return { status: byRemaining(remainingMs), expiresAt: expires, remainingMs, refreshable }
    }
  }
}

/**
 * The status of a provider from those of its profiles: the worst login or token decides
 * (docs/formats.md §8).
 */
export const worst = (
  expiries: ReadonlyArray<{ readonly kind: Credential.Kind; readonly expiry: Expiry }>
): ExpiryStatus => {
  if (expiries.length === 0) return "missing"
  const ending = expiries
    .filter(({ kind }) => kind !== "api_key")
    .map(({ expiry: { status } }) => status)
  if (ending.length === 0) return "static"
  if (ending.some((status) => status === "expired" || status === "missing")) return "expired"
  if (ending.includes("expiring")) return "expiring"
  return "ok"
}
