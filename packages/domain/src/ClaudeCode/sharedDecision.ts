/**
 * Whose copy of a shared login is the newer one (docs/formats.md: a newer credential is
 * never replaced by an older one). Pure. What the journal knows of the succession goes before any
 * date: a refresh token that was redeemed is older than what it was redeemed for.
 */

import { refreshFingerprint } from "../OAuth/StoredLogin.ts"
import type { OAuth, Token } from "../Profile/Credential.ts"

/** What the journal knows of the two. */
export interface Succession {
  /** Whether the stored refresh token is known to be used up. */
  readonly storedIsConsumed: boolean
  /** Whether Claude Code's refresh token is known to be used up. */
  readonly theirsIsConsumed: boolean
  /** Whether the stored one came out of refreshing Claude Code's. */
  readonly storedFollowsTheirs: boolean
}

/**
 * `same` both hold one version · `theirs` theirs is newer: take it · `ours` ours came out of
 * theirs: give it to them · `apart` neither is known to follow from the other: ours stays, theirs
 * is a second try.
 */
export type SharedDecision = "same" | "theirs" | "ours" | "apart"

/** Compares the stored login with Claude Code's. */
export const decide = (
  stored: OAuth,
  theirs: OAuth | Token,
  succession: Succession
): SharedDecision => {
  // A static token cannot refresh itself: never a step down (docs/formats.md).
  if (theirs.type === "token") return "apart"
  if (refreshFingerprint(stored) === refreshFingerprint(theirs)) {
    if (theirs.expires > stored.expires) return "theirs"
    return "same"
  }
  if (succession.storedFollowsTheirs) return "ours"
  if (succession.theirsIsConsumed) return "apart"
  if (succession.storedIsConsumed) return "theirs"
  if (theirs.expires > stored.expires) return "theirs"
  return "apart"
}
