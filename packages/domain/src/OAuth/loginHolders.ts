/**
 * What a grant does to a store: every profile that holds the redeemed refresh token gets the new
 * tokens (decision D8a). Pure.
 */
import * as Credential from "../Profile/Credential.ts"
import * as ProfileDocument from "../Profile/ProfileDocument.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { expiryOf } from "./freshness.ts"
import { refreshFingerprint } from "./StoredLogin.ts"
import type { TokenGrant } from "./TokenEndpoint.ts"

/** The profiles of a document that hold a refresh token, by its fingerprint. */
export const holders = (
  document: ProfileDocument.ProfileDocument,
  fingerprint: string
): ReadonlyArray<readonly [ProfileId, Credential.OAuth]> =>
  [...document.profiles].flatMap(([profile, credential]) => {
    if (
      credential.type === "oauth" &&
      !Credential.isBlank(credential.refresh) &&
      refreshFingerprint(credential) === fingerprint
    )
      return [[profile, credential] as const]
    return []
  })

/**
 * A login after a grant. Everything the answer does not name stays, the old refresh token included
 * (decision D6).
 */
export const renewed = (
  credential: Credential.OAuth,
  grant: TokenGrant,
  grantedAt: number
): Credential.OAuth => ({
  ...credential,
  access: grant.access,
  refresh: grant.refresh ?? credential.refresh,
  expires: expiryOf(grant, grantedAt),
  accountId: credential.accountId ?? grant.accountId,
  email: credential.email ?? grant.email,
  organizationId: credential.organizationId ?? grant.organizationId
})

/** A login with the tokens of a newer version of it. */
export const withTokensOf = (
  credential: Credential.OAuth,
  newer: Credential.OAuth
): Credential.OAuth => ({
  ...credential,
  access: newer.access,
  refresh: newer.refresh,
  expires: newer.expires,
  accountId: newer.accountId ?? credential.accountId,
  email: newer.email ?? credential.email,
  organizationId: newer.organizationId ?? credential.organizationId
})

/** One profile whose tokens were replaced. */
export interface Replaced {
  readonly profile: ProfileId
  readonly before: Credential.OAuth
  readonly after: Credential.OAuth
}

/** The document with every holder of a refresh token changed, and what was replaced. */
export const replaceHolders = (
  document: ProfileDocument.ProfileDocument,
  fingerprint: string,
  change: (credential: Credential.OAuth) => Credential.OAuth
): {
  readonly document: ProfileDocument.ProfileDocument
  readonly replaced: ReadonlyArray<Replaced>
} => {
  const replaced = holders(document, fingerprint).map(
    ([profile, before]): Replaced => ({ profile, before, after: change(before) })
  )
  return {
    document: replaced.reduce(
      (all, { after, profile }) => ProfileDocument.set(all, profile, after),
      document
    ),
    replaced
  }
}

/** Whether an answer is for somebody else than the login it was asked for. */
export const isAnotherAccount = (credential: Credential.OAuth, grant: TokenGrant): boolean =>
  credential.accountId !== undefined &&
  grant.accountId !== undefined &&
  credential.accountId !== grant.accountId
