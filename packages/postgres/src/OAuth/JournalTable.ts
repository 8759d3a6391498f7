/** The statements of the refresh journal, over a pool or inside a transaction. */
import { type JournalEntry, retentionMs } from "@clawdbot/domain/OAuth/JournalEntry"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Database, Query } from "../Database.ts"
import type { Keys } from "../Keyring.ts"
import type { HeldLease } from "./HeldLeases.ts"
import * as JournalRows from "./journalRows.ts"
import { interval } from "./RefreshLeasePostgres.ts"

/** Leases are kept for so long after their end, in ms: nobody can still believe in one. */
const leaseRetentionMs = 86_400_000

/** The rows, under the keys of the store; `writer` is this process. */
export class JournalTable {
  private readonly table: string
  private readonly leases: string
  private readonly writer: string
  private readonly keys: Keys

  constructor(database: typeof Database.Service, keys: Keys, writer: string) {
    this.table = database.table("refresh_entry")
    this.leases = database.table("refresh_lease")
    this.keys = keys
    this.writer = writer
  }

  mark(fingerprint: string): string {
    return this.keys.mark(fingerprint)
  }

  private values({ entry, fingerprint }: JournalRows.Journaled, lease: HeldLease | undefined) {
    const mark = this.mark(fingerprint)
    const { keyId, sealed } = this.keys.seal(
      JournalRows.encode({ entry, fingerprint }),
      JournalRows.placeOf(mark)
    )
    const state = JournalRows.stateOf(entry)
    return [mark, state, Math.trunc(entry.at), sealed, keyId, lease?.epoch ?? null, this.writer]
  }

  private readonly replaced =
    "state = excluded.state, at_ms = excluded.at_ms, sealed = excluded.sealed, " +
    "key_id = excluded.key_id, epoch = excluded.epoch, writer = excluded.writer, " +
    "changed_at = clock_timestamp()"

  /** An intent, under a lease that is made longer with it; whether both could be done. */
  intend(query: Query, journaled: JournalRows.Journaled, lease: HeldLease, fenceMs: number) {
    return Effect.map(
      query(
        `with held as (update ${this.leases}
           set until = greatest(until, clock_timestamp() + ${interval(fenceMs)})
           where mark = $1 and holder = $8 and epoch = $6 and until > clock_timestamp()
           returning 1)
         insert into ${this.table} as e (mark, state, at_ms, sealed, key_id, epoch, writer)
         select $1, $2, $3, $4, $5, $6, $7 from held
         on conflict (mark) do update set ${this.replaced} where e.state = 'intent'
         returning 1`,
        [...this.values(journaled, lease), lease.holder]
      ),
      (rows) => rows.length > 0
    )
  }

  /** Any other entry. An answer stays until it is settled: there may be no other copy of it. */
  put(query: Query, journaled: JournalRows.Journaled, lease: HeldLease | undefined) {
    const kept = { Intent: "", Answered: "settled", Settled: "", Ended: "answered" }
    return query(
      `insert into ${this.table} as e (mark, state, at_ms, sealed, key_id, epoch, writer)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (mark) do update set ${this.replaced} where e.state <> $8`,
      [...this.values(journaled, lease), kept[journaled.entry._tag]]
    )
  }

  find(query: Query, fingerprint: string) {
    const mark = this.mark(fingerprint)
    return Effect.map(
      query<{ readonly sealed: Buffer; readonly key_id: string }>(
        `select sealed, key_id from ${this.table} where mark = $1`,
        [mark]
      ),
      ([row]) => {
        if (row === undefined) return Option.none<JournalEntry>()
        return Option.some(this.open(mark, row.sealed, row.key_id).entry)
      }
    )
  }

  private open(mark: string, sealed: Buffer, keyId: string): JournalRows.Journaled {
    const text = this.keys.open({ sealed, keyId }, JournalRows.placeOf(mark))
    return JournalRows.decode(text._tag === "Right" ? text.right : undefined)
  }

  private openAll(query: Query, where: string) {
    return Effect.map(
      query<{ readonly mark: string; readonly sealed: Buffer; readonly key_id: string }>(
        `select mark, sealed, key_id from ${this.table} ${where}`
      ),
      (rows) =>
        rows
          .map(({ key_id, mark, sealed }) => this.open(mark, sealed, key_id))
          .filter(({ fingerprint }) => fingerprint !== "")
    )
  }

  /** Everything that the journal knows. */
  all(query: Query) {
    return this.openAll(query, "order by mark")
  }

  unfinished(query: Query) {
    return Effect.map(this.openAll(query, "where state = 'answered'"), (journaled) =>
      journaled.map(({ fingerprint }) => fingerprint)
    )
  }

  /**
   * How old an intent of another gateway is and since when the server runs, both in ms; undefined
   * where there is none.
   */
  foreignIntent(query: Query, fingerprint: string) {
    const since = (time: string) => `extract(epoch from clock_timestamp() - ${time})::float8 * 1000`
    return Effect.map(
      query<{ readonly age: number; readonly up: number }>(
        `select ${since("changed_at")} as age, ${since("pg_postmaster_start_time()")} as up
         from ${this.table} where mark = $1 and state = 'intent' and writer <> $2`,
        [this.mark(fingerprint), this.writer]
      ),
      ([row]) => row
    )
  }

  /** How many intents of other gateways are younger than that, in ms. */
  undecided(query: Query, graceMs: number) {
    return Effect.map(
      query<{ readonly count: number }>(
        `select count(*)::int as count from ${this.table} where state = 'intent'
         and writer <> $1 and changed_at > clock_timestamp() - ${interval(graceMs)}`,
        [this.writer]
      ),
      ([row]) => row?.count ?? 0
    )
  }

  /** Under a lease, an intent that somebody else has written since stays. */
  forget(query: Query, fingerprint: string, lease: HeldLease | undefined) {
    return query(
      `delete from ${this.table} where mark = $1
       and ($2::bigint is null or state <> 'intent' or (writer = $3 and epoch = $2))`,
      [this.mark(fingerprint), lease?.epoch ?? null, this.writer]
    )
  }

  /** Entries older than any refresh token lives, but for answers; leases that ended long ago. */
  prune(query: Query) {
    return Effect.zipRight(
      query(
        `delete from ${this.table} where state <> 'answered'
         and changed_at < clock_timestamp() - ${interval(retentionMs)}`
      ),
      query(
        `delete from ${this.leases}
         where until < clock_timestamp() - ${interval(leaseRetentionMs)}`
      )
    )
  }
}
