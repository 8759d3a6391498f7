/** Which generations of a login followed from which, as the journal knows it (decision D8). */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JournalEntry } from "./JournalEntry.ts"
import type { JournalUnavailable, RefreshJournal } from "./RefreshJournal.ts"

/** The fingerprints that followed from one, itself first, the newest last. */
export const tokenSuccessors = (
  journal: typeof RefreshJournal.Service,
  start: string
): Effect.Effect<ReadonlyArray<string>, JournalUnavailable> =>
  Effect.gen(function* () {
    const chain: Array<string> = []
    for (
      let fingerprint: string | undefined = start;
      fingerprint !== undefined && !chain.includes(fingerprint);
    ) {
      chain.push(fingerprint)
      const entry: JournalEntry | undefined = Option.getOrUndefined(
        yield* journal.find(fingerprint)
      )
      fingerprint = entry?._tag === "Settled" ? entry.successor : undefined
    }
    return chain
  })
