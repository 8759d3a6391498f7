/**
 * Brings a stored copy of Claude Code's login and Claude Code's own into step (decision D2a,
 * docs/formats.md): the newer one goes to the other side. Also how a write-back that failed
 * is made good: the journal knows that ours came out of theirs.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AgentId } from "../Agent/AgentId.ts"
import { withTokensOf } from "../OAuth/loginHolders.ts"
import type { JournalUnavailable } from "../OAuth/RefreshJournal.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { refreshFingerprint } from "../OAuth/StoredLogin.ts"
import * as Credential from "../Profile/Credential.ts"
import type { KeptAside, KeptAsideUnavailable } from "../Profile/KeptAside.ts"
import { keepAside } from "../Profile/keepAside.ts"
import * as ProfileDocument from "../Profile/ProfileDocument.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import { compareLogin } from "./compareLogin.ts"
import { SharedLogin, type SharedLoginUnavailable } from "./SharedLogin.ts"

/**
 * `no consent` there is no profile that follows Claude Code · `no login` Claude Code has none · `in
 * step` nothing to do · `taken` theirs was newer and is stored now · `replaced` theirs is stored
 * now in the place of another credential, which is kept aside · `given` ours was newer and is
 * theirs now · `apart` neither follows from the other, both stay.
 */
export type Reconciled =
  | "no consent"
  | "no login"
  | "in step"
  | "taken"
  | "replaced"
  | "given"
  | "apart"

/**
 * What of theirs belongs into the store, or undefined when ours stays. A login that can refresh
 * itself is never stepped down to a token.
 */
const newerOf = (stored: Credential.Credential, theirs: Credential.OAuth | Credential.Token) => {
  if (stored.type === "oauth") return undefined
  if (theirs.type === "oauth" || stored.type === "api_key") return theirs
  if ((theirs.expires ?? 0) > (stored.expires ?? 0)) return theirs
  return undefined
}

const same = (one: Credential.Credential, other: Credential.Credential): boolean =>
  one.type === other.type &&
  Credential.secretFingerprint(one) === Credential.secretFingerprint(other)

/**
 * One agent's copy. The profile is never made here: that wants the person's consent (decision D2).
 */
export const reconcileLogin: (
  owner: AgentId
) => Effect.Effect<
  Reconciled,
  JournalUnavailable | KeptAsideUnavailable | ProfileStoreError | SharedLoginUnavailable,
  KeptAside | ProfileStore | RefreshJournal | SharedLogin
> = Effect.fn("ClaudeCode.reconcileLogin")(function* (owner: AgentId) {
  const profiles = yield* ProfileStore
  const journal = yield* RefreshJournal
  const shared = yield* SharedLogin

  /**
   * Puts a credential in the place of the one that was compared; whatever changed meanwhile wins.
   */
  const take = (
    compared: Credential.Credential,
    next: Credential.Credential,
    result: "taken" | "replaced"
  ) =>
    profiles.modify(owner, (document) => {
      const now = document.profiles.get(ProfileId.claudeCode)
      return Either.right(
        now !== undefined && same(now, compared)
          ? { document: ProfileDocument.set(document, ProfileId.claudeCode, next), result }
          : { document: undefined, result: "in step" as const }
      )
    })

  const give = (stored: Credential.OAuth, compared: string) =>
    Effect.scoped(
      Effect.gen(function* () {
        const held = yield* shared.hold
        const now = Option.getOrUndefined(yield* held.read)
        if (now?.type !== "oauth" || refreshFingerprint(now) !== compared) return "in step" as const
        yield* held.write(stored)
        return "given" as const
      })
    )

  const { document: read } = yield* profiles.read(owner)
  const stored = read.profiles.get(ProfileId.claudeCode)
  if (stored === undefined) return "no consent"
  const theirs = Option.getOrUndefined(yield* shared.peek)
  if (theirs === undefined) return "no login"
  if (stored.type === "oauth" && theirs.type === "oauth") {
    switch (yield* compareLogin(journal, stored, theirs)) {
      case "same":
        return "in step"
      case "apart":
        return "apart"
      case "theirs":
        return yield* take(stored, withTokensOf(stored, theirs), "taken")
      case "ours":
        return yield* give(stored, refreshFingerprint(theirs))
    }
  }
  const next = newerOf(stored, theirs)
  if (next === undefined) {
    if (same(stored, theirs)) return "in step"
    return "apart"
  }
  // Unlike the spent tokens of one login, what stood there may still answer (decision D38).
  yield* keepAside(owner, read, ProfileId.claudeCode)
  const { email } = stored
  return yield* take(stored, email === undefined ? next : { ...next, email }, "replaced")
})
