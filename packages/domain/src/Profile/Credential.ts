/**
 * The three kinds of stored credential (auth.md §1.2, decision D1: the kind is stored, never
 * guessed from the secret). Secrets are `Redacted` from the moment of reading; fields this version
 * does not know ride along in `extra`.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as ProviderId from "./ProviderId.ts"
import { fingerprint } from "./Secret.ts"

/**
 * Fields of the stored record that this version does not know. Redacted, because nobody can tell
 * what they hold.
 */
export type Extra = Redacted.Redacted<Readonly<Record<string, unknown>>>

interface Common {
  readonly provider: ProviderId.ProviderId
  readonly email?: string
  /** Set by `models auth disable`; such a profile is never chosen until it is enabled again. */
  readonly disabled?: boolean
  readonly extra: Extra
}

/** A Console API key (`sk-ant-api03-…`): static, pay per use. */
export interface ApiKey extends Common {
  readonly type: "api_key"
  readonly key: Redacted.Redacted
}

/**
 * A static bearer, such as the output of `claude setup-token`. `expires` in epoch ms; absent means
 * it is not known to expire.
 */
export interface Token extends Common {
  readonly type: "token"
  readonly token: Redacted.Redacted
  readonly expires?: number
}

/**
 * A login that can refresh itself. `expires` in epoch ms is that of the access token; 0 when the
 * file has none.
 */
export interface OAuth extends Common {
  readonly type: "oauth"
  readonly access: Redacted.Redacted
  readonly refresh: Redacted.Redacted
  readonly expires: number
  readonly clientId?: string
  readonly enterpriseUrl?: string
  readonly projectId?: string
  readonly accountId?: string
}

/** Any stored credential. */
export type Credential = ApiKey | Token | OAuth

/** The kinds, as the files and the JSON documents spell them. */
export type Kind = Credential["type"]

const kinds: ReadonlyArray<Kind> = ["api_key", "token", "oauth"]

/** Whether a text names a kind of credential. */
export const isKind = (text: unknown): text is Kind => kinds.some((kind) => kind === text)

/** An empty set of unknown fields. */
export const noExtra: Extra = Redacted.make({})

/** Why a stored record is not a credential; the record itself is kept and written back. */
export type Unreadable = "not an object" | "unknown type" | "no provider"

const known: Readonly<Record<Kind, ReadonlySet<string>>> = {
  api_key: new Set(["type", "provider", "email", "disabled", "key"]),
  token: new Set(["type", "provider", "email", "disabled", "token", "expires"]),
  oauth: new Set([
    "type",
    "provider",
    "email",
    "disabled",
    "access",
    "refresh",
    "expires",
    "clientId",
    "enterpriseUrl",
    "projectId",
    "accountId"
  ])
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string => (typeof value === "string" ? value : "")

/**
 * A record of `auth-profiles.json` as a credential. A missing secret is read as an empty one, so
 * that the order can say why such a profile is passed over; what is not a credential at all is
 * reported.
 */
export const decode = (record: unknown): Either.Either<Credential, Unreadable> => {
  if (!isRecord(record)) return Either.left("not an object")
  const { type } = record
  if (!isKind(type)) return Either.left("unknown type")
  if (text(record.provider).trim() === "") return Either.left("no provider")
  const extra: Record<string, unknown> = {}
  let extras = false
  for (const key of Object.keys(record)) {
    if (!known[type].has(key)) {
      extra[key] = record[key]
      extras = true
    }
  }
  // The provider is kept as it is spelled when it is written again only if it was normal already:
  // one spelling everywhere.
  const common = {
    provider: ProviderId.normalize(text(record.provider)),
    ...(typeof record.email === "string" ? { email: record.email } : {}),
    ...(record.disabled === true ? { disabled: true } : {}),
    extra: extras ? Redacted.make(extra) : noExtra
  }
  switch (type) {
    case "api_key":
      return Either.right({ type, ...common, key: Redacted.make(text(record.key)) })
    case "token":
      return Either.right({
        type,
        ...common,
        token: Redacted.make(text(record.token)),
        ...(typeof record.expires === "number" ? { expires: record.expires } : {})
      })
    case "oauth":
      return Either.right({
        type,
        ...common,
        access: Redacted.make(text(record.access)),
        refresh: Redacted.make(text(record.refresh)),
        expires: typeof record.expires === "number" ? record.expires : 0,
        ...(typeof record.clientId === "string" ? { clientId: record.clientId } : {}),
        ...(typeof record.enterpriseUrl === "string"
          ? { enterpriseUrl: record.enterpriseUrl }
          : {}),
        ...(typeof record.projectId === "string" ? { projectId: record.projectId } : {}),
        ...(typeof record.accountId === "string" ? { accountId: record.accountId } : {})
      })
  }
}

/**
 * The record to store. This is the one place of the domain where a stored secret becomes text
 * again.
 */
export const encode = (
  credential: Credential
): Redacted.Redacted<Readonly<Record<string, unknown>>> => {
  const { extra, ...fields } = credential
  const record: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields))
    record[key] = Redacted.isRedacted(value) ? Redacted.value(value) : value
  return Redacted.make({ ...record, ...Redacted.value(extra) })
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

const marks = new WeakMap<Credential, string>()

/** The mark of the secret that goes to the provider; worked out once for each credential object. */
export const secretFingerprint = (credential: Credential): string => {
  const known = marks.get(credential)
  if (known !== undefined) return known
  const mark = fingerprint(secret(credential))
  marks.set(credential, mark)
  return mark
}

/** Whether a secret has nothing in it but blanks. */
export const isBlank = (value: Redacted.Redacted): boolean => Redacted.value(value).trim() === ""

/** Epoch ms at which a static token ends, or undefined when it is not known to (auth.md §1.2). */
export const tokenExpiry = (credential: Token): number | undefined =>
  credential.expires !== undefined && Number.isFinite(credential.expires) && credential.expires > 0
    ? credential.expires
    : undefined

/** Epoch ms at which the secret ends, or undefined when it does not, or nobody knows. */
export const expiresAt = (credential: Credential): number | undefined => {
  switch (credential.type) {
    case "api_key":
      return undefined
    case "token":
      return tokenExpiry(credential)
    case "oauth":
      return Number.isFinite(credential.expires) && credential.expires > 0
        ? credential.expires
        : undefined
  }
}
