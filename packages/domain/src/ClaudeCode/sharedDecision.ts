/**
 * Whose copy of a shared login is the newer one (auth.md §7.3 with W-10: a newer credential is
 * never replaced by an older one). Pure. The journal's lineage goes before any date: a refresh
 * token that was redeemed is older than what it was redeemed for.
 */

import { generation } from "../OAuth/StoredLogin.ts"
import type { OAuth, Token } from "../Profile/Credential.ts"

/** What the journal knows of the two. */
export interface Lineage {
  /** Whether the stored refresh token is known to be used up. */
  readonly storedIsConsumed: boolean
  /** Whether Claude Code's refresh token is known to be used up. */
  readonly theirsIsConsumed: boolean
  /** Whether the stored one came out of refreshing Claude Code's. */
  readonly storedFollowsTheirs: boolean
}

/**
 * `same` both hold one generation · `theirs` theirs is newer: take it · `ours` ours came out of
 * theirs: give it to them · `apart` neither is known to follow from the other: ours stays, theirs
 * is a second try.
 */
export type SharedDecision = "same" | "theirs" | "ours" | "apart"

/** Compares the stored login with Claude Code's. */
export const decide = (stored: OAuth, theirs: OAuth | Token, lineage: Lineage): SharedDecision => {
  // A static token cannot refresh itself: never a step down (auth.md §7.3).
  if (theirs.type === "token") return "apart"
  if (generation(stored) === generation(theirs))
    return theirs.expires > stored.expires ? "theirs" : "same"
  if (lineage.storedFollowsTheirs) return "ours"
  if (lineage.theirsIsConsumed) return "apart"
  if (lineage.storedIsConsumed) return "theirs"
  return theirs.expires > stored.expires ? "theirs" : "apart"
}
