/** Stores of older versions as profiles (docs/formats.md). Pure. */

import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Credential from "../Credential.ts"
import * as ProfileId from "../ProfileId.ts"
import * as ProviderId from "../ProviderId.ts"

/** Imported profiles by id, in file order. */
export type Imported = ReadonlyMap<ProfileId.ProfileId, Credential.Credential>

/**
 * What each kind of record is known to hold; everything else in `auth.json` belongs to the program
 * that wrote it.
 */
const known: Readonly<Record<string, ReadonlyArray<string>>> = {
  api_key: ["key", "email"],
  token: ["token", "expires", "email"],
  oauth: [
    "access",
    "refresh",
    "expires",
    "enterpriseUrl",
    "projectId",
    "accountId",
    "clientId",
    "email"
  ]
}

const fieldsOf = (type: unknown): ReadonlyArray<string> =>
  typeof type === "string" && Object.hasOwn(known, type) ? (known[type] ?? []) : []

const entries = (
  value: unknown
): ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]> =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, record]) =>
        name.trim() !== "" && isObject(record) ? [[name, record] as const] : []
      )
    : []

const collect = (
  records: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]>,
  toRecord: (provider: string, record: Readonly<Record<string, unknown>>) => unknown
): Imported => {
  const imported = new Map<ProfileId.ProfileId, Credential.Credential>()
  for (const [provider, record] of records) {
    const id = ProfileId.of(`${ProviderId.normalize(provider)}:default`)
    const credential = Credential.decode(toRecord(provider, record))
    if (Either.isRight(credential) && !imported.has(id)) imported.set(id, credential.right)
  }
  return imported
}

/**
 * `auth.json`: credentials by provider. A file that has `profiles` is none. Only known fields are
 * taken over.
 */
export const fromAuthJson = (value: unknown): Imported =>
  isObject(value) && "profiles" in value
    ? new Map()
    : collect(entries(value), (provider, record) => ({
        type: record.type,
        provider: ProviderId.normalize(
          typeof record.provider === "string" ? record.provider : provider
        ),
        ...Object.fromEntries(
          fieldsOf(record.type).flatMap((field) =>
            record[field] === undefined ? [] : [[field, record[field]]]
          )
        )
      }))

/** `oauth.json`: logins by provider. All fields are taken over. */
export const fromOAuthJson = (value: unknown): Imported =>
  collect(entries(value), (provider, record) => ({
    type: "oauth",
    ...record,
    provider: ProviderId.normalize(typeof record.provider === "string" ? record.provider : provider)
  }))
