/**
 * What the reading of a store has to tell a person. Each kind has a reason and a cure of its own,
 * which `doctor` says.
 */
import type { ProfileDocument } from "./ProfileDocument.ts"

/**
 * - `open`: other users can read the file, and that cannot be changed · `closed`: they could
 * - `restored`: a broken file is not read, but what was good before
 * - `unreadable`: a profile that this version cannot use, and keeps
 * - `imported`: profiles of an older version · `unmarked`: which cannot be marked as imported
 */
export type StoreNoticeKind =
  | "open"
  | "closed"
  | "restored"
  | "unreadable"
  | "imported"
  | "unmarked"

/** One sentence about a store; never a secret. */
export interface StoreNotice {
  readonly kind: StoreNoticeKind
  readonly text: string
}

/** One for each profile of a document that is kept and cannot be used. */
export const ofUnreadable = (
  { unreadable }: ProfileDocument,
  path: string
): ReadonlyArray<StoreNotice> =>
  unreadable.map(({ id, why }) => ({
    kind: "unreadable",
    text: `profile "${id}" in ${path} is kept but cannot be used: ${why}`
  }))
