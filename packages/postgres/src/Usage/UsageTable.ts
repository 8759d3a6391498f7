/** Reads and writes the usage of all gateways: one row for each hour and key. */
import type { Cost } from "@clawdbot/domain/Usage/Cost"
import { hourMs, type UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import * as Effect from "effect/Effect"
import { Database, type DatabaseError } from "../Database.ts"
import { isRefusal } from "../databaseCode.ts"
import type { UsageBatch } from "./UsageOutbox.ts"

interface Row {
  readonly hour: number
  readonly agent: string
  readonly profile: string
  readonly model: string
  readonly client: string
  readonly ttl: string
  readonly numbers: ReadonlyArray<number>
}

const names = ["agent", "profile", "model", "client", "ttl"] as const
const counts = ["n", "x", "u0", "u1", "u2", "u3", "u4", "u5", "priced"] as const
const sums = ["billed_usd", "list_usd", "assumed_usd"] as const
const added = [...counts, ...sums]

/** The last hour that a column can hold. */
const lastHour = 2 ** 31 - 1

/** So many rows are removed by one statement. */
const maxRemoved = 10_000

/**
 * For so long it is remembered which batches a process has stored: what its host kept of them on
 * its disk may come back no later.
 */
const writerDays = 400

const numbersOf = ({
  assumed,
  cost,
  requests,
  unmeasured,
  usage
}: UsageCell): ReadonlyArray<number> => [
  requests,
  unmeasured,
  usage.input,
  usage.output,
  usage.cacheRead,
  usage.cacheWrite5m,
  usage.cacheWrite1h,
  usage.cacheWriteOther,
  cost?.priced ?? 0,
  cost?.billed ?? 0,
  cost?.list ?? 0,
  assumed ?? 0
]

const costOf = (priced: number, billed: number, list: number): Cost | undefined => {
  if (priced === 0) return undefined
  return { billed, list, priced }
}

const cellOf = ({ numbers, ...key }: Row): UsageCell => {
  const [n = 0, x = 0, input = 0, output = 0, read = 0, short = 0, long = 0, other = 0] = numbers
  const [priced = 0, billed = 0, list = 0, assumed = 0] = numbers.slice(counts.length - 1)
  return {
    ...key,
    requests: n,
    unmeasured: x,
    usage: {
      input,
      output,
      cacheRead: read,
      cacheWrite5m: short,
      cacheWrite1h: long,
      cacheWriteOther: other
    },
    cost: costOf(priced, billed, list),
    assumed: assumed === 0 ? undefined : assumed
  }
}

/** Whether the database says of a batch itself that it cannot be stored. */
export const isRefused = (error: DatabaseError): boolean =>
  error._tag === "DatabaseUnavailable" && isRefusal(error.code)

/** The statements. */
export const make = Effect.map(Database, ({ options, query, table }) => {
  const cells = table("usage_cell")
  const writers = table("usage_writer")
  const given = [
    ...names.map(() => "text[]"),
    ...counts.map(() => "bigint[]"),
    ...sums.map(() => "float8[]")
  ]
  const parameters = given.map((type, index) => `$${index + 4}::${type}`).join(", ")
  const columns = `hour, ${[...names, ...added].join(", ")}`
  // The rows of a batch are always added in the same order, or two gateways would wait for each
  // other; a batch that was stored before finds its writer's number used, and adds nothing.
  const add = `
    with fresh as (
      insert into ${writers} as w (writer, seq) values ($1, $2)
      on conflict (writer) do update set seq = excluded.seq, at = now()
        where w.seq < excluded.seq
      returning 1)
    insert into ${cells} as c (${columns})
    select given.* from unnest($3::int[], ${parameters}) as given (${columns}), fresh
    order by hour, ${names.map((name) => `${name} collate "C"`).join(", ")}
    on conflict (hour, agent, profile, client, ttl, model) do update
      set ${added.map((name) => `${name} = c.${name} + excluded.${name}`).join(", ")}`

  return {
    path: `postgres:${options.schema}/usage_cell`,

    /** Stores a batch, once however often it is sent. */
    send: ({ cells: sent, seq, writer }: UsageBatch): Effect.Effect<void, DatabaseError> => {
      const numbers = sent.map(numbersOf)
      return Effect.asVoid(
        query(add, [
          writer,
          seq,
          sent.map(({ hour }) => hour),
          ...names.map((name) => sent.map((cell) => cell[name])),
          ...added.map((_, index) => numbers.map((row) => row[index] ?? 0))
        ])
      )
    },

    /** What all gateways used in a span of time. */
    read: ({ since, until }: UsageSpan): Effect.Effect<ReadonlyArray<UsageCell>, DatabaseError> => {
      const [first, last] = [since, until - 1].map((at) =>
        Math.max(-1, Math.min(Math.floor(at / hourMs), lastHour))
      )
      return Effect.map(
        query<Row>(
          `select hour, ${names.join(", ")}, array[${added.join(", ")}]::float8[] as numbers
           from ${cells} where hour between $1 and $2`,
          [first, last]
        ),
        (rows) => rows.map(cellOf)
      )
    },

    /** Removes what is older, by the database's own clock. */
    prune: (keepDays: number): Effect.Effect<void, DatabaseError> =>
      Effect.gen(function* () {
        const now = "extract(epoch from clock_timestamp()) / 3600"
        for (;;) {
          const removed = yield* query(
            `delete from ${cells} where ctid = any(array(
               select ctid from ${cells} where hour < floor(${now} - $1::float8) limit $2))
             returning 1`,
            [keepDays * 24, maxRemoved]
          )
          if (removed.length < maxRemoved) break
        }
        yield* query(`delete from ${writers} where at < now() - $1::float8 * interval '1 day'`, [
          writerDays
        ])
      })
  } as const
})

/** The statements over one database. */
export type UsageTable = Effect.Effect.Success<typeof make>
