/**
 * The database of a store: statements and short transactions over a pool, each bounded in time.
 * Nothing depends on a session, so that all of it works through a pooler in transaction mode.
 */
import {
  storePoolWaiting,
  storeQueries,
  storeQuerySeconds
} from "@clawdbot/domain/Metric/processMetrics"
import * as SqlClient from "@effect/sql/SqlClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { BoundedClient } from "./BoundedClient.ts"
import type { ConnectionUrl } from "./connectionUrl.ts"
import { codeOf, isPooler } from "./databaseCode.ts"
import { DatabaseUnavailable, PoolerUndeclared } from "./StoreError.ts"

/** How a store is reached. */
export interface DatabaseOptions {
  readonly connection: ConnectionUrl
  readonly schema: string
  readonly poolSize: number
  readonly pooler: "none" | "transaction"
}

/** A connection is given up after so long, in ms. */
const connectTimeoutMs = 5_000
/** A connection that nobody uses is closed after so long, in ms. */
const idleTimeoutMs = 30_000

/** What stands around each wait for the database, such as a sign of it that a person sees. */
export type AroundWait = <A, E, R>(waiting: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** What may be said about a connection that is not as it should be. */
export type DatabaseError = DatabaseUnavailable | PoolerUndeclared

/** Runs one statement with its values, and gives its rows. */
export type Query = <Row extends object>(
  text: string,
  values?: ReadonlyArray<unknown>
) => Effect.Effect<ReadonlyArray<Row>, DatabaseError>

/**
 * - `query` is a statement of its own, done again where its connection is lost.
 * - `transaction` commits what `use` does, or nothing of it; a lock is waited for 4 s at most.
 * - `table` is the name of a table as SQL. - `channel` carries the store's notices.
 */
export class Database extends Context.Tag("@clawdbot/postgres/Database")<
  Database,
  {
    readonly options: DatabaseOptions
    readonly channel: string
    readonly table: (name: string) => string
    readonly query: Query
    readonly transaction: <A, E>(
      use: (query: Query) => Effect.Effect<A, E>
    ) => Effect.Effect<A, E | DatabaseError>
  }
>() {}

/** What a connection is made with; a pooler in transaction mode refuses the time-outs. */
export const clientConfig = ({ connection, pooler }: DatabaseOptions): pg.ClientConfig => ({
  ...Redacted.value(connection.config),
  connectionTimeoutMillis: connectTimeoutMs,
  keepAlive: true,
  ...(pooler === "none" ? { statement_timeout: 5_000, lock_timeout: 4_000 } : undefined)
})

/** A failure of `pg` as an error that names the database and nothing secret. */
export const failed =
  ({ connection }: DatabaseOptions) =>
  (failure: unknown): DatabaseError => {
    if (isPooler(failure)) return new PoolerUndeclared()
    return new DatabaseUnavailable({ where: connection.where, code: codeOf(failure) })
  }

const pool = (options: DatabaseOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const made = new pg.Pool({
        ...clientConfig(options),
        Client: BoundedClient,
        max: options.poolSize,
        idleTimeoutMillis: idleTimeoutMs,
        allowExitOnIdle: true
      })
      // A connection that ends while nobody uses it: the next statement makes another one.
      made.on("error", () => undefined)
      return made
    }),
    (made) => Effect.promise(() => made.end().catch(() => undefined))
  )

/** How often something is done again whose connection was lost under it. */
const maxRepeats = 2

/** The server ends its connections, or starts; the system says so of a connection. */
const lostCodes = new Set(["57P01", "57P02", "57P03", "ECONNRESET", "EPIPE"])

const isLost = (error: unknown): boolean =>
  error instanceof DatabaseUnavailable && lostCodes.has(error.code)

/**
 * Does again what lost its connection: the server was started anew, or somebody ended the
 * connection, and the next one works. Only for what may be done twice, because nobody knows
 * whether it was done.
 */
export const onceMore = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(effect, { times: maxRepeats, while: isLost })

/** What the notices of a store are sent under. */
export const channelOf = (schema: string): string => `clawdbot_${schema}`

/** Why a transaction is rolled back, kept apart from what the database itself says. */
interface Refused<E> {
  readonly _tag: "Refused"
  readonly error: E
}

/** Counts and times what was sent to the database. */
const counted = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const begun = performance.now()
    const done = (result: string) =>
      Effect.zipRight(
        Metric.update(storeQueries.metric, result),
        Effect.suspend(() =>
          Metric.update(storeQuerySeconds.metric, (performance.now() - begun) / 1_000)
        )
      )
    return Effect.tapBoth(effect, { onSuccess: () => done("ok"), onFailure: () => done("failed") })
  })

/** Gives one of the permits, and counts who waits for one. */
const permitted =
  (permits: Effect.Semaphore) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      let isWaiting = true
      const waitsNoMore = Effect.suspend(() => {
        if (!isWaiting) return Effect.void
        isWaiting = false
        return Metric.incrementBy(storePoolWaiting.metric, -1)
      })
      return Metric.increment(storePoolWaiting.metric).pipe(
        Effect.zipRight(permits.withPermits(1)(Effect.zipRight(waitsNoMore, effect))),
        Effect.ensuring(waitsNoMore)
      )
    })

const make = (options: DatabaseOptions, around: AroundWait) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    // Waiting for a connection of the pool cannot be interrupted without losing it: whoever has no
    // permit waits here.
    const permits = yield* Effect.makeSemaphore(options.poolSize)
    const asError = Effect.mapError(failed(options))
    const run: Query = <Row extends object>(text: string, values: ReadonlyArray<unknown> = []) =>
      asError(sql.unsafe<Row>(text, values))
    /** Through a pooler a time-out cannot be a parameter of the connection. */
    const prepare =
      options.pooler === "transaction"
        ? run("select set_config('lock_timeout', '4s', true)")
        : Effect.void
    const query: Query = (text, values) =>
      around(onceMore(permitted(permits)(counted(run(text, values)))))

    const transaction = <A, E>(use: (query: Query) => Effect.Effect<A, E>) =>
      prepare.pipe(
        Effect.zipRight(
          Effect.mapError(use(run), (error): Refused<E> => ({ _tag: "Refused", error }))
        ),
        sql.withTransaction,
        counted,
        Effect.mapError((error): E | DatabaseError => {
          if (error._tag === "Refused") return error.error
          if (error._tag === "SqlError") return failed(options)(error)
          return error
        }),
        permitted(permits),
        around
      )

    return Database.of({
      options,
      channel: channelOf(options.schema),
      table: (name) => `"${options.schema}"."${name}"`,
      query,
      transaction
    })
  })

/** A store's database, with what stands `around` each wait for it. Building it connects nowhere. */
export const layer = (
  options: DatabaseOptions,
  around: AroundWait = identity
): Layer.Layer<Database> =>
  Layer.scoped(Database, make(options, around)).pipe(
    Layer.provide(Layer.orDie(PgClient.layerFromPool({ acquire: pool(options) })))
  )
