/**
 * What the refresh journal knows of one refresh token, as data and as the value of its file. Pure.
 */

import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { RefreshCause } from "./OAuthError.ts"
import { TokenGrant, UnreadAnswer } from "./TokenEndpoint.ts"

const state = <From extends string, To extends string>(written: From, tag: To) =>
  Schema.propertySignature(Schema.transformLiteral(written, tag)).pipe(Schema.fromKey("state"))

/** Epoch ms. */
const at = Lenient.withDefault(Schema.Number, () => 0)

/** An answer that could not be read is never given up: see {@link UnreadAnswer}. */
const unread = Lenient.optional(UnreadAnswer)

const unknownCause = (): RefreshCause => "consumed"

/**
 * - `Intent`: it is about to be redeemed. Found later, it means that whoever wrote it got no
 *   answer, or could not read or keep it.
 * - `Answered`: it was redeemed, and not every store holds the answer yet.
 * - `Settled`: it was redeemed, and every store holds its successor, known by its fingerprint.
 * - `Ended`: the provider said the login is over.
 *
 * Secrets are in `Answered`, and in an `unread` answer.
 */
export const JournalEntry = lazily(() =>
  Lenient.oneOf(
    Schema.Struct({ _tag: state("intent", "Intent"), at, unread }),
    Schema.Struct({ _tag: state("answered", "Answered"), at, grant: TokenGrant }),
    Schema.Struct({ _tag: state("settled", "Settled"), at, successor: Schema.String }),
    Schema.Struct({
      _tag: state("ended", "Ended"),
      at,
      cause: Lenient.withDefault(RefreshCause, unknownCause),
      detail: Lenient.withDefault(Schema.String, () => ""),
      unread
    })
  )
)
export type JournalEntry = typeof JournalEntry.Type

/**
 * Whether a refresh token is known to be used up, so that it must never be redeemed again (decision
 * D8).
 */
export const isConsumed = (entry: JournalEntry): boolean => entry._tag !== "Intent"

/** The answer that could not be read when it came, where there is one. */
export const unreadAnswer = (entry: JournalEntry): UnreadAnswer | undefined => {
  if (entry._tag === "Intent" || entry._tag === "Ended") return entry.unread
  return undefined
}

/** Whether an entry holds a secret, which goes when the login is purged. */
export const holdsSecrets = (entry: JournalEntry): boolean =>
  entry._tag === "Answered" || unreadAnswer(entry) !== undefined

/** How long an entry without secrets is of use, in ms: longer than any refresh token lives. */
export const retentionMs = 60 * 24 * 60 * 60_000

const decodeEntry = atFirstUse(() => Schema.decodeUnknownOption(JournalEntry))
const decodeTime = atFirstUse(() =>
  Schema.decodeUnknownOption(Schema.Struct({ at: Schema.Number }))
)
const encodeEntry = atFirstUse(() => Schema.encodeSync(JournalEntry))

/**
 * A parsed entry. What this version cannot read is taken for an intent: it may have been used up,
 * and nobody knows the answer, which is the one reading that neither redeems blindly nor gives a
 * login up.
 */
export const decode = (value: unknown): JournalEntry =>
  Option.getOrElse(decodeEntry(value), () => ({
    _tag: "Intent" as const,
    at: Option.match(decodeTime(value), { onNone: () => 0, onSome: (known) => known.at })
  }))

/** The value to write; it may hold secrets. */
export const encode = (entry: JournalEntry): Redacted.Redacted<Readonly<Record<string, unknown>>> =>
  Redacted.make({ version: 1, ...encodeEntry(entry) })
