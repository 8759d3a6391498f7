/**
 * Which of the stored logins may be redeemed (decision D36). One login may stand in the stores of
 * several agents: the original program copies the main agent's into each of them. After a refresh
 * all copies but one hold a token that was used up, and redeeming one of those ends the login for
 * good. Everything that chooses or refreshes a login asks here. Pure.
 */

import type { AgentId } from "../Agent/AgentId.ts"
import { listIf } from "../Document/listIf.ts"
import * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type { RefreshCause } from "./OAuthError.ts"
import { refreshFingerprint } from "./StoredLogin.ts"

/** What the refresh journal knows of one refresh token. */
export interface TokenHistory {
  /** The fingerprints of the refresh tokens that followed from it, the newest last. */
  readonly successors: ReadonlyArray<string>
  /** Why the provider ended the login with this token, where it did. */
  readonly ended?: RefreshCause | undefined
  /** It was redeemed, and the answer is on its way to every store that still holds it. */
  readonly pending?: boolean | undefined
}

/** A login in one store. */
export interface LoginCopy {
  readonly owner: AgentId
  readonly storePath: string
  readonly profile: ProfileId
  readonly credential: Credential.OAuth
  readonly fingerprint: string
  /** When its store was written last, epoch ms; 0 where nobody knows. */
  readonly writtenAt: number
}

/**
 * - `Newest`: the only copy, or the freshest one.
 * - `Superseded`: another copy of the same login is newer. Never used, never redeemed.
 * - `Unclear`: another login stands under the same name in another store, it is newer, and nothing
 *   says whether both are of one account. Used while its access token lives, never redeemed.
 * - `Ended`: the provider ended the login with this very token, whatever name it is stored under.
 */
export type CopyStatus =
  | { readonly _tag: "Newest" }
  | { readonly _tag: "Superseded"; readonly by: LoginCopy }
  | { readonly _tag: "Unclear"; readonly beside: LoginCopy }
  | { readonly _tag: "Ended"; readonly cause: RefreshCause }

const newest: CopyStatus = { _tag: "Newest" }

const agree = (one: string | undefined, other: string | undefined): boolean | undefined => {
  const [first = "", second = ""] = [one?.trim().toLowerCase(), other?.trim().toLowerCase()]
  if (first === "" || second === "") return undefined
  return first === second
}

/**
 * Whether two logins under one name are of the same account, or undefined where neither they nor a
 * person (`models auth same|different`) says so. The account's id counts before its e-mail, which
 * may change; one account in two organisations has two logins.
 */
export const isSameAccount = (
  one: Credential.OAuth,
  other: Credential.OAuth
): boolean | undefined => {
  const organization = agree(one.organizationId, other.organizationId)
  const account = agree(one.accountId, other.accountId) ?? agree(one.email, other.email)
  if (account === false || organization === false) return false
  if (one.sameLogin === false || other.sameLogin === false) return false
  if (account === true || organization === true) return true
  if (one.sameLogin === true || other.sameLogin === true) return true
  return undefined
}

/** Later `expires`, then later written; then by place, so that there is always exactly one. */
const isNewer = (one: LoginCopy, than: LoginCopy): boolean => {
  if (one.credential.expires !== than.credential.expires)
    return one.credential.expires > than.credential.expires
  if (one.writtenAt !== than.writtenAt) return one.writtenAt > than.writtenAt
  return one.storePath < than.storePath
}

const newestOf = (copies: ReadonlyArray<LoginCopy>): LoginCopy | undefined =>
  copies.reduce<LoginCopy | undefined>(
    (found, next) => (found === undefined || isNewer(next, found) ? next : found),
    undefined
  )

const copiesIn = (snapshots: ReadonlyArray<ProfileSnapshot>): ReadonlyArray<LoginCopy> => {
  // Two agents may share one folder: that is one store.
  const byPath = new Map(snapshots.toReversed().map((snapshot) => [snapshot.path, snapshot]))
  return [...byPath.values()].flatMap(({ agent, document, path, writtenAt }) =>
    [...document.profiles].flatMap(([profile, credential]): ReadonlyArray<LoginCopy> => {
      if (credential.type !== "oauth" || Credential.isBlank(credential.refresh)) return []
      const fingerprint = refreshFingerprint(credential)
      return [
        {
          owner: agent,
          storePath: path,
          profile,
          credential,
          fingerprint,
          writtenAt: writtenAt ?? 0
        }
      ]
    })
  )
}

const group = <K>(copies: ReadonlyArray<LoginCopy>, key: (copy: LoginCopy) => K) => {
  const groups = new Map<K, Array<LoginCopy>>()
  for (const copy of copies) {
    const found = groups.get(key(copy))
    if (found === undefined) groups.set(key(copy), [copy])
    else found.push(copy)
  }
  return groups
}

/** All stored logins with what the journal knows of them, at one moment. */
export class LoginCopies {
  /** Every login that can be refreshed at all. */
  readonly copies: ReadonlyArray<LoginCopy>
  private readonly history: ReadonlyMap<string, TokenHistory>
  private readonly byProfile: ReadonlyMap<ProfileId, ReadonlyArray<LoginCopy>>
  private readonly byFingerprint: ReadonlyMap<string, ReadonlyArray<LoginCopy>>

  constructor(
    snapshots: ReadonlyArray<ProfileSnapshot>,
    history: ReadonlyMap<string, TokenHistory>
  ) {
    this.copies = copiesIn(snapshots)
    this.history = history
    this.byProfile = group(this.copies, ({ profile }) => profile)
    this.byFingerprint = group(this.copies, ({ fingerprint }) => fingerprint)
  }

  /** The status of the login a store holds under a name. */
  at(storePath: string, profile: ProfileId): CopyStatus {
    const copy = this.byProfile.get(profile)?.find((one) => one.storePath === storePath)
    if (copy === undefined) return newest
    return this.statusOf(copy)
  }

  /** The status of one of {@link copies}. */
  statusOf(copy: LoginCopy): CopyStatus {
    const history = this.history.get(copy.fingerprint)
    if (history?.pending === true) return newest
    // What the journal knows goes before every date and every name.
    const successor = newestOf(
      (history?.successors ?? []).flatMap((mark) => this.byFingerprint.get(mark) ?? [])
    )
    if (successor !== undefined) return { _tag: "Superseded", by: successor }
    const newer = (this.byProfile.get(copy.profile) ?? []).filter(
      (other) => this.isRival(copy, other) && isNewer(other, copy)
    )
    const relations = newer.map((other) => ({
      other,
      isSame: isSameAccount(copy.credential, other.credential)
    }))
    const by = newestOf(relations.flatMap(({ isSame, other }) => listIf(isSame === true, other)))
    if (by !== undefined) return { _tag: "Superseded", by }
    if (history?.ended !== undefined) return { _tag: "Ended", cause: history.ended }
    const beside = newestOf(
      relations.flatMap(({ isSame, other }) => (isSame === undefined ? [other] : []))
    )
    if (beside === undefined) return newest
    return { _tag: "Unclear", beside }
  }

  /**
   * Another login of the same name, so of another store, which did not come out of refreshing ours.
   */
  private isRival(copy: LoginCopy, other: LoginCopy): boolean {
    return (
      other.fingerprint !== copy.fingerprint &&
      other.credential.provider === copy.credential.provider &&
      this.history.get(other.fingerprint)?.successors.includes(copy.fingerprint) !== true
    )
  }
}

/** Where no store holds a login. */
export const none: LoginCopies = new LoginCopies([], new Map())
