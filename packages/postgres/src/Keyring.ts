/**
 * The keys of a store. One data key seals its rows; the database holds it wrapped under the store's
 * key, which never stands there. A second key makes the marks by which refresh tokens are found.
 */
import { randomBytes, randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database, type DatabaseError } from "./Database.ts"
import { StoreKeyWrong } from "./StoreError.ts"
import * as Sealing from "./sealing.ts"
import type { StoreKey } from "./storeKey.ts"

/** A sealed text, and the id of the key it is sealed under. */
export interface Sealed {
  readonly sealed: Buffer
  readonly keyId: string
}

/** The keys, once they were read. */
export interface Keys {
  readonly seal: (text: Redacted.Redacted, place: Sealing.Place) => Sealed
  /** Nothing where the row was sealed under another key, or for another place. */
  readonly open: (
    row: Sealed,
    place: Sealing.Place
  ) => Either.Either<Redacted.Redacted, "NotOpened">
  /** What stands for the refresh token with this fingerprint. */
  readonly mark: (fingerprint: string) => string
}

/** `keys` are read once; while the database is away that fails, and is tried again when asked. */
export class Keyring extends Context.Tag("@clawdbot/postgres/Keyring")<
  Keyring,
  { readonly keys: Effect.Effect<Keys, DatabaseError | StoreKeyWrong> }
>() {}

interface KeyRow {
  readonly key_id: string
  readonly wrapped: Buffer
  readonly kek_id: string
}

const keyBytes = 32
const markKeyName = "refresh-mark"

const readKeys = (database: typeof Database.Service, key: StoreKey) =>
  Effect.gen(function* () {
    const { query, table } = database
    const find = query<KeyRow>(
      `select key_id, wrapped, kek_id from ${table("store_key")} where state = 'active'`
    )
    let [row] = yield* find
    if (row === undefined) {
      // The first one to use the store makes its data key; whoever comes second reads that.
      const keyId = randomUUID()
      const wrapped = Sealing.sealBytes(key.secret, randomBytes(keyBytes), ["store_key", keyId])
      yield* query(
        `insert into ${table("store_key")} (key_id, wrapped, kek_id, state)
         values ($1, $2, $3, 'active') on conflict do nothing`,
        [keyId, wrapped, key.mark]
      )
      ;[row] = yield* find
    }
    const given = { source: key.source, given: key.mark }
    if (row === undefined) return yield* new StoreKeyWrong({ ...given, wanted: "unknown" })
    const wrong = new StoreKeyWrong({ ...given, wanted: row.kek_id })
    if (row.kek_id !== key.mark) return yield* wrong
    const opened = Sealing.openBytes(key.secret, row.wrapped, ["store_key", row.key_id])
    if (Either.isLeft(opened)) return yield* wrong
    const data = opened.right
    const markKey = yield* readMarkKey(database, data, row.key_id, wrong)
    return makeKeys(data, row.key_id, markKey)
  })

const readMarkKey = (
  { query, table }: typeof Database.Service,
  data: Redacted.Redacted<Buffer>,
  keyId: string,
  wrong: StoreKeyWrong
) =>
  Effect.gen(function* () {
    const place: Sealing.Place = ["shared_secret", markKeyName]
    const find = query<{ readonly sealed: Buffer }>(
      `select sealed from ${table("shared_secret")} where name = $1`,
      [markKeyName]
    )
    let [row] = yield* find
    if (row === undefined) {
      yield* query(
        `insert into ${table("shared_secret")} (name, sealed, key_id) values ($1, $2, $3)
         on conflict do nothing`,
        [markKeyName, Sealing.sealBytes(data, randomBytes(keyBytes), place), keyId]
      )
      ;[row] = yield* find
    }
    if (row === undefined) return yield* wrong
    return yield* Either.mapLeft(Sealing.openBytes(data, row.sealed, place), () => wrong)
  })

const makeKeys = (
  data: Redacted.Redacted<Buffer>,
  keyId: string,
  markKey: Redacted.Redacted<Buffer>
): Keys => ({
  seal: (text, place) => ({
    sealed: Sealing.sealBytes(data, Buffer.from(Redacted.value(text), "utf8"), place),
    keyId
  }),
  open: (row, place) => {
    if (row.keyId !== keyId) return Either.left("NotOpened")
    return Either.map(Sealing.openBytes(data, row.sealed, place), (bytes) =>
      Redacted.make(Redacted.value(bytes).toString("utf8"))
    )
  },
  mark: (fingerprint) => Sealing.refreshMark(markKey, fingerprint)
})

/** The keys of a store under the given key. */
export const layer = (key: StoreKey): Layer.Layer<Keyring, never, Database> =>
  Layer.effect(
    Keyring,
    Effect.gen(function* () {
      const database = yield* Database
      let known: Keys | undefined
      const keys = Effect.suspend(() => {
        if (known !== undefined) return Effect.succeed(known)
        return Effect.tap(readKeys(database, key), (read) =>
          Effect.sync(() => {
            known = read
          })
        )
      })
      return Keyring.of({ keys })
    })
  )
