/** Reads and writes the rows of an agent's store. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { StoreCorrupt, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { Database, DatabaseError, Query } from "../Database.ts"
import type { Keys } from "../Keyring.ts"
import { DatabaseUnavailable, PoolerUndeclared, type StoreKeyWrong } from "../StoreError.ts"
import type { Place } from "../sealing.ts"
import * as DocumentRows from "./documentRows.ts"

/** What is stored of an agent; version 0: nothing. */
export interface StoredRows {
  readonly rows: DocumentRows.DocumentRows
  readonly version: number
  /** Epoch ms by the database's clock. */
  readonly writtenAt: number
}

/** How the store of an agent is called where a file would be named. */
export const pathOf = (schema: string, agent: AgentId): string => `postgres:${schema}/${agent}`

/** A failure of the database as one of the store. */
export const asStoreError =
  (path: string, operation: StoreUnavailable["operation"]) =>
  (error: DatabaseError | StoreKeyWrong): StoreUnavailable =>
    new StoreUnavailable({
      path,
      operation,
      code: error._tag === "StoreKeyWrong" ? "DATABASE_KEY" : "DATABASE"
    })

/** Whether a failure is the database's own, and not one of what is stored there. */
export const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseUnavailable || error instanceof PoolerUndeclared

/** The kind of notice that names an agent whose store has new content. */
export const noticeKind = "profiles"

const restPlace = (agent: string): Place => ["agent_store", agent]
/** Where a credential stands. */
export const profilePlace = (agent: string, profile: string): Place => ["profile", agent, profile]

/** A time of the database as a column of epoch ms. */
export const writtenAt = (column: string): string =>
  `round(extract(epoch from ${column}) * 1000)::float8 as written_at`

interface Row {
  readonly rest: Buffer
  readonly rest_key: string
  readonly version: number
  readonly written_at: number
  readonly profile: string | null
  readonly sealed: Buffer
  readonly key_id: string
}

/** What a store is made of; opened rows are remembered by what they are sealed as. */
export class StoreRows {
  private readonly schema: string
  private readonly channel: string
  private readonly table: (name: string) => string
  private readonly keys: Keys

  constructor(database: typeof Database.Service, keys: Keys) {
    this.schema = database.options.schema
    this.channel = database.channel
    this.table = database.table
    this.keys = keys
  }

  /** All rows of one agent as of one moment; locked against other changes where asked. */
  read(query: Query, agent: AgentId, lock: "for update" | "" = "") {
    const { table } = this
    return Effect.gen(this, function* () {
      if (lock !== "")
        yield* query(`select 1 from ${table("agent_store")} where agent = $1 for update`, [agent])
      const found = yield* query<Row>(
        `select s.rest, s.key_id as rest_key, s.version::float8 as version,
           ${writtenAt("s.changed_at")},
           p.profile, p.sealed, p.key_id
         from ${table("agent_store")} s left join ${table("profile")} p using (agent)
         where agent = $1 order by p.place`,
        [agent]
      )
      return yield* this.open(found, agent)
    })
  }

  private open(found: ReadonlyArray<Row>, agent: AgentId): Either.Either<StoredRows, StoreCorrupt> {
    const [first] = found
    if (first === undefined)
      return Either.right({ rows: DocumentRows.none, version: 0, writtenAt: 0 })
    const closed = (what: string) =>
      new StoreCorrupt({
        path: pathOf(this.schema, agent),
        problem: `${what} was sealed under another key, or for another place`
      })
    return Either.gen(this, function* () {
      const rest = yield* Either.mapLeft(
        this.keys.open({ sealed: first.rest, keyId: first.rest_key }, restPlace(agent)),
        () => closed("the document")
      )
      const profiles: Array<DocumentRows.ProfileRow> = []
      for (const { key_id: keyId, profile, sealed } of found) {
        if (profile === null) continue
        const text = yield* Either.mapLeft(
          this.keys.open({ sealed, keyId }, profilePlace(agent, profile)),
          () => closed(`the profile "${profile}"`)
        )
        profiles.push(DocumentRows.rowOf(profile, text))
      }
      return {
        rows: { rest, profiles },
        version: first.version,
        writtenAt: first.written_at
      }
    })
  }

  /** Tells all gateways of a change, by the transaction that makes it: nobody can miss one. */
  announce(query: Query, agent: AgentId) {
    return query("select pg_notify($1, $2)", [this.channel, `${noticeKind} ${agent}`])
  }

  private sealRest(text: Redacted.Redacted, agent: AgentId) {
    return this.keys.seal(text, restPlace(agent))
  }

  /** A record as its columns: what is sealed, its key, and the mark of its refresh token. */
  columns(row: DocumentRows.ProfileRow, agent: AgentId) {
    const { keyId, sealed } = this.keys.seal(row.text, profilePlace(agent, row.profile))
    return { keyId, sealed, mark: this.markOf(row) }
  }

  /** What stands in the database for the refresh token of a record. */
  markOf({ refresh }: DocumentRows.ProfileRow): string | null {
    if (refresh === undefined) return null
    return this.keys.mark(refresh)
  }

  /**
   * Writes the difference, and gives when that was. Undefined where the agent had no store and
   * somebody else has made one meanwhile: then it is to be read again.
   */
  write(query: Query, agent: AgentId, before: StoredRows, after: DocumentRows.DocumentRows) {
    const { table } = this
    return Effect.gen(this, function* () {
      const { removed, rest, written } = DocumentRows.changes(before.rows, after)
      const sealed =
        before.version > 0 && rest === undefined ? undefined : this.sealRest(after.rest, agent)
      const statement =
        before.version === 0
          ? `insert into ${table("agent_store")} (agent, rest, key_id) values ($1, $2, $3)
             on conflict do nothing`
          : `update ${table("agent_store")} set rest = coalesce($2, rest),
               key_id = coalesce($3, key_id), version = version + 1,
               changed_at = clock_timestamp() where agent = $1`
      const [made] = yield* query<Pick<Row, "written_at">>(
        `${statement} returning ${writtenAt("changed_at")}`,
        [agent, sealed?.sealed ?? null, sealed?.keyId ?? null]
      )
      if (made === undefined) return undefined
      if (removed.length > 0)
        yield* query(`delete from ${table("profile")} where agent = $1 and profile = any($2)`, [
          agent,
          removed
        ])
      for (const { before, place, row } of written) {
        // No version of its own: it is as it was, in another place.
        if (before !== undefined && DocumentRows.isSame(before.text, row.text)) {
          yield* query(
            `update ${table("profile")} set place = $3 where agent = $1 and profile = $2`,
            [agent, row.profile, place]
          )
          continue
        }
        const { keyId, mark, sealed } = this.columns(row, agent)
        yield* query(
          `insert into ${table("profile")} as p
             (agent, profile, place, sealed, key_id, refresh_mark)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (agent, profile) do update set place = excluded.place,
             sealed = excluded.sealed, key_id = excluded.key_id,
             refresh_mark = excluded.refresh_mark, version = p.version + 1,
             changed_at = clock_timestamp()`,
          [agent, row.profile, place, sealed, keyId, mark]
        )
      }
      return made.written_at
    })
  }
}
