/** What the refresh journal and the dates say about a stored login and Claude Code's copy of it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isConsumed } from "../OAuth/JournalEntry.ts"
import type { JournalUnavailable, RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { refreshFingerprint } from "../OAuth/StoredLogin.ts"
import { tokenSuccessors } from "../OAuth/tokenSuccessors.ts"
import type { OAuth, Token } from "../Profile/Credential.ts"
import { decide, type SharedDecision } from "./sharedDecision.ts"

/** Whose copy is the newer one. */
export const compareLogin = (
  journal: typeof RefreshJournal.Service,
  stored: OAuth,
  theirs: OAuth | Token
): Effect.Effect<SharedDecision, JournalUnavailable> =>
  Effect.gen(function* () {
    if (theirs.type === "token") return "apart"
    const [mine, other] = [refreshFingerprint(stored), refreshFingerprint(theirs)]
    const chain = yield* tokenSuccessors(journal, other)
    return decide(stored, theirs, {
      storedIsConsumed: Option.exists(yield* journal.find(mine), isConsumed),
      theirsIsConsumed: Option.exists(yield* journal.find(other), isConsumed),
      storedFollowsTheirs: chain.length > 1 && chain.includes(mine)
    })
  })
