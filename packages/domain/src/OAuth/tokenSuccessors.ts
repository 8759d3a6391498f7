/** Which refresh tokens followed from which, as the journal knows it (decision D8). */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Secret from "../Profile/Secret.ts"
import type { JournalEntry } from "./JournalEntry.ts"
import type { JournalUnavailable, RefreshJournal } from "./RefreshJournal.ts"

/** The next token's fingerprint; an answer names it also while a store still lacks it. */
const successorOf = (entry: JournalEntry | undefined): string | undefined => {
  if (entry?._tag === "Settled") return entry.successor
  const next = entry?._tag === "Answered" ? entry.grant.refresh : undefined
  if (next === undefined) return undefined
  return Secret.fingerprint(next)
}

/** The fingerprints that followed from one, itself first, the newest last. */
export const tokenSuccessors = (
  journal: typeof RefreshJournal.Service,
  start: string
): Effect.Effect<ReadonlyArray<string>, JournalUnavailable> =>
  Effect.gen(function* () {
    const chain: Array<string> = []
    for (let next: string | undefined = start; next !== undefined && !chain.includes(next); ) {
      chain.push(next)
      next = successorOf(Option.getOrUndefined(yield* journal.find(next)))
    }
    return chain
  })
