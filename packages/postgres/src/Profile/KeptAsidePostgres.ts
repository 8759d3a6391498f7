/** `KeptAside` over the shared database: one sealed row for each profile that has anything kept. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { KeptAside, KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database, type DatabaseError, type Query } from "../Database.ts"
import { Keyring, type Keys } from "../Keyring.ts"
import type { StoreKeyWrong } from "../StoreError.ts"
import type { Place } from "../sealing.ts"

const placeOf = (agent: AgentId, profile: ProfileId): Place => ["kept_aside", agent, profile]

/** What is kept of one profile. */
export interface KeptRow {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly content: LoggedOut.Content
}

/** Writes what is kept of one profile in place of what was. */
export const write = (
  query: Query,
  table: (name: string) => string,
  keys: Keys,
  { agent, content, profile }: KeptRow
) => {
  const text = JSON.stringify(Redacted.value(LoggedOut.encode(content)))
  const { keyId, sealed } = keys.seal(Redacted.make(text), placeOf(agent, profile))
  return query(
    `insert into ${table("kept_aside")} (agent, profile, sealed, key_id)
     values ($1, $2, $3, $4)
     on conflict (agent, profile) do update set sealed = excluded.sealed,
       key_id = excluded.key_id, changed_at = clock_timestamp()`,
    [agent, profile, sealed, keyId]
  )
}

interface Row {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly sealed: Buffer
  readonly key_id: string
}

/** What a row holds; undefined where it cannot be opened. */
const contentOf = (keys: Keys, { agent, key_id: keyId, profile, sealed }: Row) =>
  Either.getOrUndefined(
    Either.gen(function* () {
      const text = yield* keys.open({ sealed, keyId }, placeOf(agent, profile))
      return LoggedOut.decode(yield* Json.parse(Redacted.value(text)))
    })
  )

/** What is kept of all profiles; fails with the first row that cannot be opened. */
export const all = (
  query: Query,
  table: (name: string) => string,
  keys: Keys
): Effect.Effect<ReadonlyArray<KeptRow>, DatabaseError | "NotOpened"> =>
  Effect.flatMap(
    query<Row>(`select agent, profile, sealed, key_id from ${table("kept_aside")} order by 1, 2`),
    (rows) =>
      Effect.forEach(rows, (row) => {
        const content = contentOf(keys, row)
        if (content === undefined) return Effect.fail("NotOpened" as const)
        return Effect.succeed({ agent: row.agent, profile: row.profile, content })
      })
  )

const make = Effect.gen(function* () {
  const { options, query, table, transaction } = yield* Database
  const keyring = yield* Keyring
  const path = `postgres:${options.schema}/kept_aside`

  const failed =
    (operation: KeptAsideUnavailable["operation"]) => (error: DatabaseError | StoreKeyWrong) =>
      new KeptAsideUnavailable({
        path,
        operation,
        code: error._tag === "StoreKeyWrong" ? "DATABASE_KEY" : "DATABASE"
      })
  const read = (ask: Query, keys: Keys, agent: AgentId, profile: ProfileId) =>
    Effect.gen(function* () {
      const [row] = yield* ask<Row>(
        `select agent, profile, sealed, key_id from ${table("kept_aside")}
         where agent = $1 and profile = $2`,
        [agent, profile]
      )
      if (row === undefined) return LoggedOut.none
      const content = contentOf(keys, row)
      if (content !== undefined) return content
      // What cannot be opened is never taken for nothing, or it would be written over.
      return yield* new KeptAsideUnavailable({ path, operation: "read", code: "DATABASE_KEY" })
    })
  const asUnavailable = (operation: KeptAsideUnavailable["operation"]) =>
    Effect.mapError((error: DatabaseError | StoreKeyWrong | KeptAsideUnavailable) => {
      if (error._tag === "KeptAsideUnavailable") return error
      return failed(operation)(error)
    })

  return KeptAside.of({
    find: (agent, profile) =>
      Effect.flatMap(keyring.keys, (keys) => read(query, keys, agent, profile)).pipe(
        Effect.map(({ kept }) => kept),
        asUnavailable("read")
      ),
    modify: (agent, profile, change) =>
      Effect.flatMap(keyring.keys, (keys) =>
        transaction((inside) =>
          Effect.gen(function* () {
            // There may be no row yet that could be locked.
            yield* inside("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
              placeOf(agent, profile).join("\x1f")
            ])
            const { kept, unreadable } = yield* read(inside, keys, agent, profile)
            const next = { kept: change(kept), unreadable }
            if (next.kept.length + unreadable.length === 0) {
              yield* inside(
                `delete from ${table("kept_aside")} where agent = $1 and profile = $2`,
                [agent, profile]
              )
              return
            }
            yield* write(inside, table, keys, { agent, profile, content: next })
          })
        )
      ).pipe(asUnavailable("write"))
  })
})

/** What is kept aside in a store. */
export const layer: Layer.Layer<KeptAside, never, Database | Keyring> = Layer.effect(
  KeptAside,
  make
)
