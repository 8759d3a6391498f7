/**
 * `RefreshJournal` in memory. It can be told to fail, and it outlives the layers that share it, as
 * a file outlives a process.
 */
import { listIf } from "@clawdbot/domain/Document/listIf"
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import { JournalUnavailable, RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** The paper the journal is written on. */
export interface JournalPaper {
  readonly entries: Map<string, JournalEntry>
  /** Intents of somebody who may still have the answer, with until when that is believed. */
  readonly undecided: Map<string, number>
  /** Whether writing such an entry fails now. */
  full: (tag: JournalEntry["_tag"]) => boolean
}

/** Blank paper with room on it. */
export const paper = (): JournalPaper => ({
  entries: new Map(),
  undecided: new Map(),
  full: () => false
})

/** The journal on a given paper. */
export const layer = (on: JournalPaper = paper()): Layer.Layer<RefreshJournal> =>
  Layer.succeed(RefreshJournal, {
    find: (fingerprint) => Effect.sync(() => Option.fromNullable(on.entries.get(fingerprint))),
    record: (fingerprint, entry) =>
      Effect.suspend(() => {
        if (on.full(entry._tag))
          return new JournalUnavailable({
            path: "memory:/refresh-journal",
            operation: "write",
            code: "ENOSPC"
          })
        on.entries.set(fingerprint, entry)
        return Effect.void
      }),
    forget: (fingerprint) =>
      Effect.sync(() => {
        on.entries.delete(fingerprint)
      }),
    undecidedUntil: (fingerprint) => Effect.sync(() => on.undecided.get(fingerprint)),
    unfinished: Effect.sync(() =>
      [...on.entries].flatMap(([mark, { _tag }]) => listIf(_tag === "Answered", mark))
    )
  })
