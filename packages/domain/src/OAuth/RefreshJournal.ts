/**
 * Port: what was done with each refresh token (decisions D8 and D8a). Written before a token is
 * redeemed and again before its answer is used, so that no crash and no full disk loses a login or
 * redeems a token twice. Layers: file (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import type { JournalEntry } from "./JournalEntry.ts"

/**
 * What stands for a system's code where an intent was not written because the lease had become
 * somebody else's.
 */
export const fencedCode = "FENCED"

/** The journal cannot be read or written. Then nothing is redeemed. */
export class JournalUnavailable extends taggedError<JournalUnavailable>()(
  "JournalUnavailable",
  () => ({
    path: Schema.String,
    operation: Schema.Literal("read", "write", "list"),
    /** The system's code, such as `ENOSPC`. */
    code: Schema.String
  })
) {
  override get message() {
    return (
      `cannot ${this.operation} the refresh journal ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/**
 * - `find`: what is known of a refresh token, by its fingerprint.
 * - `record`: replaces what is known; durable before it returns.
 * - `forget`: nothing is known any more; also how secrets are purged.
 * - `unfinished`: fingerprints whose answer is not in every store yet.
 * - `undecidedUntil`: until when (epoch ms) an intent may belong to somebody who has the answer and
 *   cannot tell; undefined where there is none, or the lease proves that its writer is gone.
 */
export class RefreshJournal extends Context.Tag("@clawdbot/domain/OAuth/RefreshJournal")<
  RefreshJournal,
  {
    readonly find: (
      fingerprint: string
    ) => Effect.Effect<Option.Option<JournalEntry>, JournalUnavailable>
    readonly record: (
      fingerprint: string,
      entry: JournalEntry
    ) => Effect.Effect<void, JournalUnavailable>
    readonly forget: (fingerprint: string) => Effect.Effect<void, JournalUnavailable>
    readonly unfinished: Effect.Effect<ReadonlyArray<string>, JournalUnavailable>
    readonly undecidedUntil: (
      fingerprint: string
    ) => Effect.Effect<number | undefined, JournalUnavailable>
  }
>() {}
