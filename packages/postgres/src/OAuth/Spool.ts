/**
 * Where an answer is kept until the database has it: the journal of this machine's state folder,
 * where that can be written. What an earlier run left there is told at the start.
 */
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** `keep` says whether it is on the disk; `left` is what was never told. */
export class Spool extends Context.Tag("@clawdbot/postgres/OAuth/Spool")<
  Spool,
  {
    readonly keep: (fingerprint: string, entry: JournalEntry) => Effect.Effect<boolean>
    readonly forget: (fingerprint: string) => Effect.Effect<void>
    readonly left: Effect.Effect<ReadonlyArray<readonly [fingerprint: string, JournalEntry]>>
  }
>() {}

/** The journal in the state folder. */
export const layer = Layer.effect(
  Spool,
  Effect.map(RefreshJournal, (files) => {
    const left = Effect.gen(function* () {
      const found: Array<readonly [string, JournalEntry]> = []
      for (const fingerprint of yield* files.unfinished) {
        const entry = yield* files.find(fingerprint)
        if (Option.isSome(entry)) found.push([fingerprint, entry.value])
      }
      return found
    })
    return Spool.of({
      keep: (fingerprint, entry) => Effect.isSuccess(files.record(fingerprint, entry)),
      forget: (fingerprint) => Effect.ignore(files.forget(fingerprint)),
      left: Effect.orElseSucceed(left, () => [])
    })
  })
).pipe(Layer.provide(RefreshJournalFile.layer))

/** Nowhere: for a program without a folder of its own. */
export const layerNone: Layer.Layer<Spool> = Layer.succeed(Spool, {
  keep: () => Effect.succeed(false),
  forget: () => Effect.void,
  left: Effect.succeed([])
})
