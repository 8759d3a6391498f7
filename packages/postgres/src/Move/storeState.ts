/** What a store says before something is moved into it or out of it. */
import * as Effect from "effect/Effect"
import type { Database, DatabaseError, Query } from "../Database.ts"
import { standardTimes } from "../OAuth/RefreshJournalPostgres.ts"
import { RefreshUnderWay, StoreInUse } from "./MoveError.ts"

/** A gateway that has been silent for so long does not live. */
const silentAfter = "15 seconds"

/** Any number that nothing else of this database locks. */
const lockId = 7_135_602_119

/** One move at a time; held until the transaction ends, so that its end can be waited for. */
export const lockMoves = (query: Query) => query("select pg_advisory_xact_lock($1)", [lockId])

/** The database, its statements part of a transaction. */
export const inside = (
  database: typeof Database.Service,
  query: Query
): typeof Database.Service => ({
  ...database,
  query,
  transaction: (use) => use(query)
})

/** Nobody else writes these tables until the transaction ends. */
export const lockTables = (
  query: Query,
  table: (name: string) => string,
  names: ReadonlyArray<string>
) => query(`lock table ${names.map(table).join(", ")} in exclusive mode`)

/** Fails where gateways live that use the store. */
export const requireNoGateway = (
  query: Query,
  table: (name: string) => string
): Effect.Effect<void, DatabaseError | StoreInUse> =>
  Effect.flatMap(
    query<{ readonly host: string }>(
      `select distinct host from ${table("gateway")}
       where beat_at > clock_timestamp() - interval '${silentAfter}' order by host`
    ),
    (rows) => {
      if (rows.length === 0) return Effect.void
      return new StoreInUse({ hosts: rows.map(({ host }) => host) })
    }
  )

/** Fails where a login is being refreshed, or nobody knows yet whether its token was used. */
export const requireNoRefresh = (
  query: Query,
  table: (name: string) => string
): Effect.Effect<void, DatabaseError | RefreshUnderWay> =>
  Effect.flatMap(
    query<{ readonly seconds: number | null }>(
      `select ceil(max(extract(epoch from left_over)))::float8 as seconds from (
         select until - clock_timestamp() as left_over from ${table("refresh_lease")}
           where until > clock_timestamp()
         union all
         select changed_at + $1::float8 * interval '1 millisecond' - clock_timestamp()
           from ${table("refresh_entry")} where state = 'intent') as waits
       where left_over > interval '0'`,
      [standardTimes.graceMs]
    ),
    ([row]) => {
      const seconds = row?.seconds ?? null
      if (seconds === null) return Effect.void
      return new RefreshUnderWay({ seconds })
    }
  )

/** Profiles and client tokens that are in a store. */
export const present = (
  query: Query,
  table: (name: string) => string
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(
    query<{ readonly name: string }>(
      `select agent || '/' || profile as name from ${table("profile")}
       union select agent || '/' || profile from ${table("kept_aside")}
       union all select 'client token ' || name from ${table("client_token")} order by 1`
    ),
    (rows) => rows.map(({ name }) => name)
  )
