/**
 * An authority that rotates refresh tokens as strictly as one can: an old token dies at once, and a
 * second use of one revokes its whole family, as when one of two programs had stolen it. It counts
 * for itself, so that a test need not believe the program.
 */

/** One login's tokens. */
export interface IssuedTokens {
  readonly access: string
  readonly refresh: string
  readonly account: string
}

/** What a redeemed token gives. */
export type Redemption =
  | { readonly _tag: "Granted"; readonly tokens: IssuedTokens }
  | { readonly _tag: "Refused" }

/** Counted since the authority was made. */
export interface TokenCounters {
  readonly grants: number
  readonly reuses: number
  readonly refusals: number
  readonly revokedFamilies: number
}

/**
 * - `signIn` begins a family; its tokens bear its `name`, a number where it has none.
 * - `redeem` rotates, or keeps the refresh token when asked to.
 * - `revoke` ends a family by hand.
 */
export interface TokenFamilies {
  readonly signIn: (account?: string, name?: string) => IssuedTokens
  readonly redeem: (
    refresh: string,
    options?: { readonly keepRefresh?: boolean; readonly account?: string }
  ) => Redemption
  readonly revoke: (refresh: string) => void
  /** Whether an access token is the newest of a living family. */
  readonly isCurrent: (access: string) => boolean
  readonly counters: () => TokenCounters
}

interface Family {
  readonly name: string
  account: string
  revoked: boolean
  refresh: string
  access: string
  serial: number
}

/**
 * An authority without any login. Tokens have the provider's shape and are the same in every run.
 */
export const make = (): TokenFamilies => {
  const byToken = new Map<string, Family>()
  let families = 0
  const counted = { grants: 0, reuses: 0, refusals: 0, revokedFamilies: 0 }

  const turn = (family: Family, keepRefresh: boolean): IssuedTokens => {
    family.serial += 1
    const tail = `${family.name}-${family.serial}-${"x".repeat(24)}`
    family.access = `sk-ant-oat01-${tail}`
    if (!keepRefresh) family.refresh = `sk-ant-ort01-${tail}`
    byToken.set(family.refresh, family)
    return { access: family.access, refresh: family.refresh, account: family.account }
  }

  const end = (family: Family): void => {
    if (!family.revoked) counted.revokedFamilies += 1
    family.revoked = true
  }

  return {
    signIn: (account = "account-1", name = String(families + 1)) => {
      families += 1
      return turn({ name, account, revoked: false, refresh: "", access: "", serial: 0 }, false)
    },
    redeem: (refresh, options = {}) => {
      const family = byToken.get(refresh)
      if (family === undefined || family.revoked || family.refresh !== refresh) {
        if (family !== undefined && family.refresh !== refresh) {
          counted.reuses += 1
          end(family)
        }
        counted.refusals += 1
        return { _tag: "Refused" }
      }
      counted.grants += 1
      const tokens = turn(family, options.keepRefresh === true)
      return {
        _tag: "Granted",
        tokens: options.account === undefined ? tokens : { ...tokens, account: options.account }
      }
    },
    revoke: (refresh) => {
      const family = byToken.get(refresh)
      if (family !== undefined) end(family)
    },
    isCurrent: (access) =>
      [...byToken.values()].some((family) => !family.revoked && family.access === access),
    counters: () => ({ ...counted })
  }
}
