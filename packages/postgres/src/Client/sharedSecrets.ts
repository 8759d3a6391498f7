/** Secrets of a store that all its gateways have, sealed, by name. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { Database, DatabaseError } from "../Database.ts"
import type { Keys } from "../Keyring.ts"
import type { Place } from "../sealing.ts"

/** The names of those that are kept beside the key that makes marks. */
export const secretNames = {
  client: "gateway-client-token",
  admin: "gateway-admin-token",
  dashboard: "dashboard-key"
} as const

/** One of the names. */
export type SecretName = (typeof secretNames)[keyof typeof secretNames]

interface Row {
  readonly name: string
  readonly sealed: Buffer
  readonly key_id: string
}

const placeOf = (name: string): Place => ["shared_secret", name]

/** The secrets of some names, as far as there are any; fails with a row that does not open. */
export const read = (
  { query, table }: typeof Database.Service,
  keys: Keys,
  names: ReadonlyArray<SecretName>
): Effect.Effect<ReadonlyMap<string, Redacted.Redacted>, DatabaseError | "NotOpened"> =>
  Effect.flatMap(
    query<Row>(`select name, sealed, key_id from ${table("shared_secret")} where name = any($1)`, [
      names
    ]),
    (rows) =>
      Effect.map(
        Effect.forEach(rows, ({ key_id: keyId, name, sealed }) =>
          Either.map(
            keys.open({ sealed, keyId }, placeOf(name)),
            (secret) => [name, secret] as const
          )
        ),
        (entries) => new Map(entries)
      )
  )

/** Stores a secret where there is none under its name; whoever is first decides. */
export const insert = (
  { query, table }: typeof Database.Service,
  keys: Keys,
  name: SecretName,
  secret: Redacted.Redacted
): Effect.Effect<void, DatabaseError> => {
  const { keyId, sealed } = keys.seal(secret, placeOf(name))
  return Effect.asVoid(
    query(
      `insert into ${table("shared_secret")} (name, sealed, key_id) values ($1, $2, $3)
       on conflict do nothing`,
      [name, sealed, keyId]
    )
  )
}
