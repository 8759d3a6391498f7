/**
 * The format of a store's tables. It is changed by `clawdbot store migrate` alone, never by a
 * gateway that starts; however many migrate at once, one does and the others find it done.
 */
import * as Effect from "effect/Effect"
import { Database, type DatabaseError, type Query } from "./Database.ts"
import * as M0001 from "./Migrations/m0001.ts"
import * as M0002 from "./Migrations/m0002.ts"
import * as M0003 from "./Migrations/m0003.ts"
import * as M0004 from "./Migrations/m0004.ts"
import * as M0005 from "./Migrations/m0005.ts"
import * as M0006 from "./Migrations/m0006.ts"
import * as M0007 from "./Migrations/m0007.ts"
import { StoreMovedAway, StoreSchemaNewer, StoreSchemaOlder } from "./StoreError.ts"

/** A change of the tables, applied once, in the order of the ids. */
interface Migration {
  readonly id: number
  readonly name: string
  readonly statements: (schema: string) => ReadonlyArray<string>
}

const migrations: ReadonlyArray<Migration> = [
  { id: 1, name: "the first tables", statements: M0001.statements },
  { id: 2, name: "health that gateways share", statements: M0002.statements },
  { id: 3, name: "usage and pins that gateways share", statements: M0003.statements },
  { id: 4, name: "former versions of credentials", statements: M0004.statements },
  { id: 5, name: "what answers cost", statements: M0005.statements },
  { id: 6, name: "files that were moved to the store", statements: M0006.statements },
  { id: 7, name: "budgets that gateways share", statements: M0007.statements }
]

/** The format that this version reads and writes. */
export const currentFormat = migrations.at(-1)?.id ?? 0

/** What a store says of itself; format 0: there are no tables. */
export interface StoreFormat {
  readonly format: number
  readonly minApp: string
  readonly cluster: string | undefined
  /** Where its credentials were moved to, and by which move; undefined while they are here. */
  readonly moved?: { readonly id: string; readonly to: string } | undefined
}

/** A migration, by its id and name. */
export interface Applied {
  readonly id: number
  readonly name: string
}

const none: StoreFormat = { format: 0, minApp: "0.0.0", cluster: undefined }

/** No table of that name: nothing was migrated. */
const isMissing = (error: DatabaseError): boolean =>
  error._tag === "DatabaseUnavailable" && (error.code === "42P01" || error.code === "3F000")

interface FormatRow {
  readonly format: number
  readonly min_app: string
  readonly cluster: string
  /** The migrations that were applied. */
  readonly ids: ReadonlyArray<number>
  readonly moved_id?: string | null
  readonly moved_to?: string | null
}

/** A table without one of the migrations below its format is only as new as the one before that. */
const reached = ({ format, ids }: FormatRow): number => {
  const gap = migrations.find(({ id }) => id <= format && !ids.includes(id))
  return gap === undefined ? format : gap.id - 1
}

/** The format of a store: the last migration that was applied with all those before it. */
export const readFormat: Effect.Effect<StoreFormat, DatabaseError, Database> = Effect.flatMap(
  Database,
  ({ query, table }) =>
    // All columns: a table of an older format has fewer.
    query<FormatRow>(
      `select m.*, array(select id from ${table("migration")}) as ids from ${table("store_meta")} m`
    ).pipe(
      Effect.map(([row]) => {
        if (row === undefined) return none
        const { cluster, min_app: minApp, moved_id: id, moved_to: to } = row
        const moved = id && to ? { id, to } : undefined
        return { format: reached(row), minApp, cluster, moved }
      }),
      Effect.catchIf(isMissing, () => Effect.succeed(none))
    )
)

/** Any number that nothing else of this database locks. */
const lockId = 7_135_602_118

const createSchema = (query: Query, schema: string) =>
  Effect.gen(function* () {
    // `create schema if not exists` wants the right to create one also where it is there.
    const [found] = yield* query("select 1 from pg_namespace where nspname = $1", [schema])
    if (found === undefined) yield* query(`create schema "${schema}"`)
  })

/** Applies what is missing, all of it or nothing, and gives what was applied. */
export const migrate = (
  options: { readonly dryRun: boolean } = { dryRun: false }
): Effect.Effect<ReadonlyArray<Applied>, DatabaseError, Database> =>
  Effect.flatMap(Database, ({ options: { schema }, transaction }) =>
    transaction((query) =>
      Effect.gen(function* () {
        yield* query("select set_config('lock_timeout', '4s', true)")
        yield* query("select pg_advisory_xact_lock($1)", [lockId])
        const done = yield* appliedTo(query, schema)
        const missing = migrations.filter(({ id }) => !done.has(id))
        if (options.dryRun || missing.length === 0) return missing
        yield* createSchema(query, schema)
        yield* query(
          `create table if not exists "${schema}".migration (id int primary key,
             name text not null, at timestamptz not null default clock_timestamp())`
        )
        for (const { id, name, statements } of missing) {
          // One round trip for all of them.
          yield* query(
            `do $migration$ begin ${statements(`"${schema}"`).join("; ")}; end $migration$`
          )
          yield* query(`insert into "${schema}".migration (id, name) values ($1, $2)`, [id, name])
        }
        yield* query(`update "${schema}".store_meta set format = greatest(format, $1)`, [
          currentFormat
        ])
        return missing
      })
    )
  ).pipe(Effect.map((missing) => missing.map(({ id, name }) => ({ id, name }))))

const appliedTo = (query: Query, schema: string) =>
  Effect.gen(function* () {
    const [table] = yield* query<{ readonly there: boolean }>(
      "select to_regclass($1) is not null as there",
      [`"${schema}".migration`]
    )
    if (table?.there !== true) return new Set<number>()
    const rows = yield* query<{ readonly id: number }>(`select id from "${schema}".migration`)
    return new Set(rows.map(({ id }) => id))
  })

const parts = (version: string): ReadonlyArray<number> =>
  version.split(/[.\s-]/, 3).map((part) => Number.parseInt(part, 10) || 0)

/** Whether one version is older than another; what follows the three numbers does not count. */
export const isOlder = (version: string, than: string): boolean => {
  const [mine, other] = [parts(version), parts(than)]
  const differing = mine.findIndex((part, index) => part !== (other[index] ?? 0))
  if (differing < 0) return false
  return (mine[differing] ?? 0) < (other[differing] ?? 0)
}

/** Fails where this version cannot use the store as it is, or its credentials are elsewhere. */
export const checkUsable = (version: string) =>
  Effect.tap(checkFormat(version), ({ moved }) => {
    if (moved === undefined) return Effect.void
    return new StoreMovedAway({ to: moved.to })
  })

/** Fails where this version cannot work with the tables as they are. */
export const checkFormat = (
  version: string
): Effect.Effect<StoreFormat, DatabaseError | StoreSchemaOlder | StoreSchemaNewer, Database> =>
  Effect.gen(function* () {
    const { schema } = (yield* Database).options
    const found = yield* readFormat
    const { format, minApp } = found
    if (format < currentFormat)
      return yield* new StoreSchemaOlder({ schema, format, wanted: currentFormat })
    if (isOlder(version, minApp))
      return yield* new StoreSchemaNewer({ schema, format, minApp, version })
    return found
  })
