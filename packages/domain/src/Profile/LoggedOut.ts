/**
 * Credentials that were taken out of a store and are kept aside, so that they can be restored until
 * they are purged: logged out by hand, or replaced by another one under the same id (decision D38).
 * As data and as the document of their file. Pure.
 */

import type { JsonObject } from "@clawdbot/json5-edit/JsonValue"
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ProfileMode } from "../Config/authSection.ts"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { EpochMs } from "../Time/EpochMs.ts"
import * as Credential from "./Credential.ts"
import * as Document from "./ProfileDocument.ts"
import * as ProfileId from "./ProfileId.ts"

/** How many are kept under one id; more were never wanted back. */
export const maxKept = 5

const StoredCredential = lazily(() =>
  Schema.declare(
    (value: unknown): value is Credential.Credential =>
      typeof value === "object" && value !== null && "extra" in value
  )
)

/** A credential as its record of `auth-profiles.json`. */
const CredentialRecord = lazily(() =>
  Schema.transformOrFail(Schema.Unknown, StoredCredential, {
    strict: true,
    decode: (record, _options, ast) =>
      Either.mapLeft(
        Credential.decode(record),
        (why) => new ParseResult.Type(ast, undefined, `no credential: ${why}`)
      ),
    encode: (credential) => ParseResult.succeed(Redacted.value(Credential.encode(credential)))
  })
)

/**
 * What is kept: the credential, and what went out of the store's order and the config with it.
 * Fields that this version does not know are kept.
 */
export const LoggedOut = lazily(() =>
  Lenient.open(
    Schema.Struct({
      profile: ProfileId.ProfileId,
      credential: CredentialRecord,
      /** When it was taken out, epoch ms. */
      at: Lenient.withDefault(EpochMs, () => 0),
      /** Its place in the agent's own order, from 0, where it had one. */
      place: Lenient.optional(Schema.NonNegativeInt),
      /**
       * The mode of the config entry that was the consent to follow Claude Code's login (decision
       * D2).
       */
      consent: Lenient.optional(ProfileMode)
    })
  )
)
export type LoggedOut = typeof LoggedOut.Type

/** What stands in a file: what is kept, newest first, and what this version cannot read. */
export interface Content {
  readonly kept: ReadonlyArray<LoggedOut>
  /** Kept and written back as it is: it may be all that is left of a credential. */
  readonly unreadable: ReadonlyArray<unknown>
}

/** Nothing. */
export const none: Content = { kept: [], unreadable: [] }

/** The file: the newest, as the only one stood there before, and older ones of the same id. */
const File = lazily(() =>
  Lenient.open(
    Schema.Struct({
      version: Schema.Literal(1),
      earlier: Schema.optionalWith(Schema.Array(Schema.Unknown), { default: () => [] })
    })
  )
)

const decodeFile = atFirstUse(() => Schema.decodeUnknownOption(File))
const decodeItem = atFirstUse(() => Schema.decodeUnknownEither(LoggedOut))
const encodeItem = atFirstUse(() => Schema.encodeSync(LoggedOut))

/** The value to write; it holds secrets. */
export const encode = ({ kept, unreadable }: Content): Redacted.Redacted<JsonObject> => {
  const [newest, ...earlier] = kept.map((item) => encodeItem(item))
  return Redacted.make({ version: 1, ...Object(newest), earlier: [...earlier, ...unreadable] })
}

/** A parsed file; undefined where it is none. */
export const decode = (value: unknown): Content | undefined => {
  const file = Option.getOrUndefined(decodeFile(value))
  if (file === undefined) return undefined
  const { earlier, version: _version, ...newest } = file
  const [unreadable, kept] = Array.partitionMap(earlier, (item) =>
    Either.mapLeft(decodeItem(item), () => item)
  )
  // Nothing on top: what was read of it was restored.
  if (Object.keys(newest).length === 0) {
    if (earlier.length === 0) return undefined
    return { kept, unreadable }
  }
  return Option.match(Either.getRight(decodeItem(newest)), {
    onNone: () => undefined,
    onSome: (first) => ({ kept: [first, ...kept], unreadable })
  })
}

/** Whether two credentials are the same secret of the same kind. */
export const isSame = (one: Credential.Credential, other: Credential.Credential): boolean =>
  one.type === other.type &&
  Credential.secretFingerprint(one) === Credential.secretFingerprint(other)

/** What is kept with one more on top; the same secret is kept once. */
export const push = (kept: ReadonlyArray<LoggedOut>, added: LoggedOut): ReadonlyArray<LoggedOut> =>
  [added, ...kept.filter(({ credential }) => !isSame(credential, added.credential))].slice(
    0,
    maxKept
  )

/** What is kept without a credential that is stored again. */
export const without = (
  kept: ReadonlyArray<LoggedOut>,
  restored: Credential.Credential
): ReadonlyArray<LoggedOut> => kept.filter(({ credential }) => !isSame(credential, restored))

/**
 * What is kept after its newest was restored in the place of another credential: that one comes
 * last, so that restoring again and again leads through all of them.
 */
export const rotate = (
  kept: ReadonlyArray<LoggedOut>,
  restored: LoggedOut,
  replaced: LoggedOut | undefined
): ReadonlyArray<LoggedOut> => {
  const left = without(kept, restored.credential)
  if (replaced === undefined) return left
  return [...without(left, replaced.credential), replaced]
}

/** The place of a profile in the agent's own order; undefined where it has none. */
export const placeIn = (
  document: Document.ProfileDocument,
  profile: ProfileId.ProfileId
): number | undefined =>
  [...document.order.values()].map((ids) => ids.indexOf(profile)).find((index) => index >= 0)

/** The store with the credential back, in its place of the order if it had one. */
export const restored = (
  document: Document.ProfileDocument,
  { credential, place, profile }: LoggedOut
): Document.ProfileDocument => {
  const next = Document.set(document, profile, credential)
  if (place === undefined) return next
  const order = document.order.get(credential.provider) ?? []
  if (order.includes(profile)) return next
  return Document.setOrder(next, credential.provider, order.toSpliced(place, 0, profile))
}
