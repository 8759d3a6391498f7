/**
 * A profile store as rows: one for each credential, and one for the rest of the document. Put
 * together again it is the document that was stored, byte for byte. Pure.
 */
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { StoreCorrupt, StoreTooNew } from "@clawdbot/domain/Profile/ProfileError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import { isObject, type JsonObject, withKey } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** One record of the section `profiles`, in its place. */
export interface ProfileRow {
  readonly profile: string
  /** The record as JSON text. */
  readonly text: Redacted.Redacted
  /** The fingerprint of its refresh token, where it holds one. */
  readonly refresh: string | undefined
}

/** A document in its rows. */
export interface DocumentRows {
  /** The document as JSON text, its profiles left out. */
  readonly rest: Redacted.Redacted
  readonly profiles: ReadonlyArray<ProfileRow>
}

/** A document of which nothing is stored. */
export const none: DocumentRows = { rest: Redacted.make("{}"), profiles: [] }

const textOf = (value: unknown): Redacted.Redacted => Redacted.make(JSON.stringify(value))

const parsed = (text: Redacted.Redacted): unknown =>
  Either.getOrUndefined(Json.parse(Redacted.value(text)))

const refreshOf = (credential: Credential.Credential | undefined): string | undefined => {
  if (credential?.type !== "oauth" || Credential.isBlank(credential.refresh)) return undefined
  return refreshFingerprint(credential)
}

/** A record, from its text. */
export const rowOf = (profile: string, text: Redacted.Redacted): ProfileRow => ({
  profile,
  text,
  refresh: refreshOf(Either.getOrUndefined(Credential.decode(parsed(text))))
})

/** The rows of a value that may be no document at all; what is none is kept whole. */
export const ofValue = (value: unknown): DocumentRows => {
  if (!isObject(value) || !isObject(value.profiles)) return { rest: textOf(value), profiles: [] }
  const profiles = Object.entries(value.profiles).map(([profile, record]) =>
    rowOf(profile, textOf(record))
  )
  return { rest: textOf(withKey(value, "profiles", {})), profiles }
}

/** The rows of a document. */
export const ofDocument = (document: ProfileDocument.ProfileDocument): DocumentRows =>
  ofValue(Redacted.value(ProfileDocument.encode(document)))

const whole = ({ profiles, rest }: DocumentRows): unknown => {
  const value = parsed(rest)
  if (!isObject(value) || !isObject(value.profiles)) return value
  const records: JsonObject = Object.fromEntries(
    profiles.map(({ profile, text }) => [profile, parsed(text)])
  )
  return withKey(value, "profiles", records)
}

/** The document of its rows; `path` is named in the errors. */
export const toDocument = (
  rows: DocumentRows,
  path: string
): Either.Either<ProfileDocument.ProfileDocument, StoreCorrupt | StoreTooNew> =>
  Either.mapLeft(ProfileDocument.decode(whole(rows)), (fault) => {
    if (fault._tag === "NewerVersion")
      return new StoreTooNew({
        path,
        version: fault.version,
        supported: ProfileDocument.currentVersion
      })
    return new StoreCorrupt({ path, problem: fault.problem })
  })

/** Whether two texts are one. */
export const isSame = (one: Redacted.Redacted, other: Redacted.Redacted): boolean =>
  Redacted.value(one) === Redacted.value(other)

/** A record that is to be written in its place. */
export interface Written {
  readonly row: ProfileRow
  readonly place: number
  /** What stands there now; undefined for a new one. */
  readonly before: ProfileRow | undefined
}

/** What has to be written so that `before` becomes `after`. */
export const changes = (before: DocumentRows, after: DocumentRows) => {
  const known = new Map(before.profiles.map((row, place) => [row.profile, { place, row }]))
  const kept = new Set(after.profiles.map(({ profile }) => profile))
  const written = after.profiles.flatMap((row, place): ReadonlyArray<Written> => {
    const found = known.get(row.profile)
    if (found !== undefined && found.place === place && isSame(found.row.text, row.text)) return []
    return [{ row, place, before: found?.row }]
  })
  return {
    rest: isSame(before.rest, after.rest) ? undefined : after.rest,
    written,
    removed: before.profiles.flatMap(({ profile }) => (kept.has(profile) ? [] : [profile]))
  }
}

/** Whether a document holds a login that has an owner of its own (decision D2). */
export const holdsClaudeCode = ({ profiles }: DocumentRows): boolean =>
  profiles.some(({ profile }) => profile === ProfileId.claudeCode)
