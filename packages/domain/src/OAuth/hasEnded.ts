/** Whether a credential is a login that the provider ended, as the refresh journal remembers it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Credential } from "../Profile/Credential.ts"
import { RefreshJournal } from "./RefreshJournal.ts"
import { refreshFingerprint } from "./StoredLogin.ts"

/**
 * True for a dead pair of tokens wherever it came from: storing it once more does not bring it back
 * to life.
 */
export const hasEnded = Effect.fn("OAuth.hasEnded")(function* (credential: Credential) {
  if (credential.type !== "oauth") return false
  const entry = yield* (yield* RefreshJournal).find(refreshFingerprint(credential))
  return Option.exists(entry, ({ _tag }) => _tag === "Ended")
})
