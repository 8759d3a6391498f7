/** Which generations of a login followed from which, as the journal knows it (decision D8). */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JournalEntry } from "./JournalEntry.ts"
import type { JournalUnavailable, RefreshJournal } from "./RefreshJournal.ts"

/** The fingerprints that followed from one, itself first, the newest last. */
export const successors = (
  journal: typeof RefreshJournal.Service,
  start: string
): Effect.Effect<ReadonlyArray<string>, JournalUnavailable> =>
  Effect.gen(function* () {
    const chain: Array<string> = []
    for (let mark: string | undefined = start; mark !== undefined && !chain.includes(mark); ) {
      chain.push(mark)
      const entry: JournalEntry | undefined = Option.getOrUndefined(yield* journal.find(mark))
      mark = entry?._tag === "Settled" ? entry.successor : undefined
    }
    return chain
  })
