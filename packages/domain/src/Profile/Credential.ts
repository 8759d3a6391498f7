/**
 * The three kinds of stored credential (decision D1: the kind is stored, never guessed from the
 * secret). Secrets are `Redacted` from the moment of reading. What a record holds and this version
 * does not understand rides along in `extra`, and is written back as it was read.
 */

import { equals, isObject, type JsonObject, own } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { EpochMs } from "../Time/EpochMs.ts"
import * as ProviderId from "./ProviderId.ts"
import { fingerprint } from "./Secret.ts"

/**
 * Where a record as it was read differs from what this version would write: unknown fields, and
 * known ones that hold something else (a reference, a number as text) or, as `undefined`, nothing.
 * Redacted, because any of it may be a secret.
 */
export type Extra = Redacted.Redacted<JsonObject>

/** No such fields. */
export const noExtra: Extra = Redacted.make({})

/** A provider's name in any spelling. */
const Provider = Schema.transform(
  Schema.String.pipe(Schema.filter((text) => text.trim() !== "")),
  Schema.typeSchema(ProviderId.ProviderId),
  { strict: true, decode: ProviderId.normalize, encode: (provider) => provider }
)

/**
 * A missing secret reads as an empty one, so that the order can say why such a profile is passed
 * over.
 */
const Secret = Lenient.withDefault(Schema.Redacted(Schema.String), () => Redacted.make(""))

const text = Lenient.optional(Schema.String)

const common = {
  provider: Provider,
  email: text,
  /** Set by `models auth disable`; such a profile is never chosen until it is enabled again. */
  disabled: Lenient.optional(Schema.Boolean)
}

/** A Console API key (`sk-ant-api03-…`) as it is stored: static, pay per use. */
const ApiKeyRecord = lazily(() =>
  Schema.Struct({ type: Schema.Literal("api_key"), ...common, key: Secret })
)

/**
 * A static bearer as it is stored, such as the output of `claude setup-token`. Without `expires`
 * (epoch ms) it is not known to end.
 */
const TokenRecord = lazily(() =>
  Schema.Struct({
    type: Schema.Literal("token"),
    ...common,
    token: Secret,
    expires: Lenient.optional(EpochMs)
  })
)

/**
 * A login as it is stored, which can refresh itself. `expires` (epoch ms) is that of the access
 * token; 0 when the file has none.
 */
const OAuthRecord = lazily(() =>
  Schema.Struct({
    type: Schema.Literal("oauth"),
    ...common,
    access: Secret,
    refresh: Secret,
    expires: Lenient.withDefault(EpochMs, () => 0),
    clientId: text,
    enterpriseUrl: text,
    projectId: text,
    accountId: text,
    organizationId: text,
    /**
     * A person's word about the logins of this name in other stores (`models auth same|different`):
     * whether they are this one.
     */
    sameLogin: Lenient.optional(Schema.Boolean)
  })
)

/** The fields of a stored credential that this version understands. */
export const CredentialRecord = lazily(() =>
  Lenient.oneOf(ApiKeyRecord, TokenRecord, OAuthRecord).annotations({
    identifier: "CredentialRecord"
  })
)

interface Kept {
  readonly extra: Extra
}

/** An API key with all that its record held. */
export interface ApiKey extends Schema.Schema.Type<typeof ApiKeyRecord>, Kept {}

/** A static bearer with all that its record held. */
export interface Token extends Schema.Schema.Type<typeof TokenRecord>, Kept {}

/** A login with all that its record held. */
export interface OAuth extends Schema.Schema.Type<typeof OAuthRecord>, Kept {}

/** Any stored credential. */
export type Credential = ApiKey | Token | OAuth

/** The kinds, as the files and the JSON documents spell them. */
export const Kind = Schema.Literal("api_key", "token", "oauth")
export type Kind = typeof Kind.Type

/** Whether a text names a kind of credential. */
export const isKind = Schema.is(Kind)

/** Why a stored record is not a credential; the record itself is kept and written back. */
export type Unreadable = "not an object" | "unknown type" | "no provider"

const decodeRecord = atFirstUse(() => Schema.decodeUnknownOption(CredentialRecord))

/** The fields as they are written. */
const plain = (fields: object): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): ReadonlyArray<[string, unknown]> => {
      if (value === undefined) return []
      return [[key, Redacted.isRedacted(value) ? Redacted.value(value) : value]]
    })
  )

/** A record of `auth-profiles.json` as a credential, or why it is none. */
export const decode = (record: unknown): Either.Either<Credential, Unreadable> => {
  if (!isObject(record)) return Either.left("not an object")
  const fields = Option.getOrUndefined(decodeRecord(record))
  if (fields === undefined) return Either.left(isKind(record.type) ? "no provider" : "unknown type")
  const understood = plain(fields)
  const keys = new Set([...Object.keys(record), ...Object.keys(understood)])
  const others = [...keys]
    .map((key) => [key, own(record, key)] as const)
    .filter(([key, value]) => !equals(own(understood, key), value))
  const extra = others.length === 0 ? noExtra : Redacted.make(Object.fromEntries(others))
  return Either.right({ ...fields, extra })
}

/**
 * The record to store. A field of `extra` gives way to a value that was set since, and to nothing
 * else. This is the one place of the domain where a stored secret becomes text again.
 */
export const encode = ({ extra, ...fields }: Credential): Redacted.Redacted<JsonObject> => {
  const now = plain(fields)
  const kept = Object.entries(Redacted.value(extra))
  if (kept.length === 0) return Redacted.make(now)
  const read = Option.match(decodeRecord({ ...now, ...Redacted.value(extra) }), {
    onNone: () => now,
    onSome: plain
  })
  const unchanged = kept.filter(([key]) => equals(own(read, key), own(now, key)))
  const all = new Map([...Object.entries(now), ...unchanged])
  return Redacted.make(Object.fromEntries([...all].filter(([, value]) => value !== undefined)))
}

/** The secret that goes to the provider: the key, the token or the access token. */
export const secret = (credential: Credential): Redacted.Redacted => {
  switch (credential.type) {
    case "api_key":
      return credential.key
    case "token":
      return credential.token
    case "oauth":
      return credential.access
  }
}

const fingerprints = new WeakMap<Credential, string>()

/** The fingerprint of the secret that goes to the provider; computed once for each object. */
export const secretFingerprint = (credential: Credential): string => {
  const known = fingerprints.get(credential)
  if (known !== undefined) return known
  const computed = fingerprint(secret(credential))
  fingerprints.set(credential, computed)
  return computed
}

/** Whether a secret has nothing in it but blanks. */
export const isBlank = (value: Redacted.Redacted): boolean => Redacted.value(value).trim() === ""

/**
 * Epoch ms at which a static token ends, or undefined when it is not known to (docs/formats.md).
 */
export const tokenExpiry = (credential: Token): number | undefined => {
  if (
    credential.expires !== undefined &&
    Number.isFinite(credential.expires) &&
    credential.expires > 0
  )
    return credential.expires
  return undefined
}

/** Epoch ms at which the secret ends, or undefined when it does not, or nobody knows. */
export const expiresAt = (credential: Credential): number | undefined => {
  switch (credential.type) {
    case "api_key":
      return undefined
    case "token":
      return tokenExpiry(credential)
    case "oauth":
      if (Number.isFinite(credential.expires) && credential.expires > 0) return credential.expires
      return undefined
  }
}
