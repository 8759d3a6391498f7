/** Which server the database is on, and by which history: what it says of itself. */

import * as Effect from "effect/Effect"
import type { Query } from "./Database.ts"

/** Names a server: another one, or the same one started or promoted anew, is named otherwise. */
export const nameSql =
  "(pg_postmaster_start_time()::text || case when pg_is_in_recovery() then ' standby' else '' end)"

/** What a server says of itself; `nowMs` is its clock, in epoch ms. */
export interface ServerRow {
  readonly server: string
  readonly nowMs: number
}

/** Asks for it. */
export const askServer =
  `select ${nameSql} as server, ` +
  `extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs"`

/**
 * The timeline that a server writes: a promoted replica, or a backup that was restored to a moment,
 * begins a new one. Undefined where it cannot be asked for.
 */
export const timelineOf = (query: Query): Effect.Effect<string | undefined> =>
  query<{ readonly timeline: string }>(
    "select left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline"
  ).pipe(
    Effect.map(([row]) => row?.timeline),
    Effect.orElseSucceed(() => undefined)
  )
