/**
 * `RefreshJournal` for all gateways of a store.
 *
 * An intent is written only by whoever holds the lease, in the statement that makes it longer:
 * after it nobody else may ask before the provider has answered or the time limit is over. An
 * answer is written whoever holds the lease by now, first into a file of this machine, and told
 * again until the database has it: it is the only copy of the new tokens. An intent of another
 * gateway is undecided for a while: its writer may be cut off with the answer in its hands.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { storeUndecided, storeUnsaved } from "@clawdbot/domain/Metric/processMetrics"
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import {
  fencedCode,
  JournalUnavailable,
  RefreshJournal
} from "@clawdbot/domain/OAuth/RefreshJournal"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { Database, type DatabaseError } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime } from "../realTime.ts"
import type { StoreKeyWrong } from "../StoreError.ts"
import { HeldLeases, sentNow } from "./HeldLeases.ts"
import { JournalTable } from "./JournalTable.ts"
import { Spool } from "./Spool.ts"

/** The times of the journal, in ms. */
export interface JournalTimes {
  /** How long a lease lasts from an intent on: the provider's time limit and two margins. */
  readonly fenceMs: number
  /** How long an intent of another gateway is undecided. */
  readonly graceMs: number
  /** For how long the database must have been there before such an intent is believed at all. */
  readonly settledMs: number
}

/** The times in use. */
export const standardTimes: JournalTimes = {
  fenceMs: 40_000,
  graceMs: 600_000,
  settledMs: 5_000
}

/** How often an answer is told that the database did not take, in ms. */
const tellEveryMs = 500

/** How often undecided refreshes are counted. */
const countEvery = "15 seconds"

const path = (database: typeof Database.Service) =>
  `postgres:${database.options.schema}/refresh_entry`

const make = (times: JournalTimes) =>
  Effect.gen(function* () {
    const database = yield* Database
    const keyring = yield* Keyring
    const notices = yield* Notices
    const spool = yield* Spool
    const { held, writer } = yield* HeldLeases
    const { query } = database
    /** Answers that the database has not got yet, by fingerprint. */
    const untold = new Map<string, JournalEntry>(yield* spool.left)

    const failed =
      (operation: JournalUnavailable["operation"]) => (error: DatabaseError | StoreKeyWrong) =>
        new JournalUnavailable({
          path: path(database),
          operation,
          code: error._tag === "StoreKeyWrong" ? "DATABASE_KEY" : "DATABASE"
        })
    const entries = Effect.map(keyring.keys, (keys) => new JournalTable(database, keys, writer))
    const leaseOf = (all: JournalTable, fingerprint: string) => held.get(all.mark(fingerprint))

    const measure = Effect.suspend(() => Metric.set(storeUnsaved.metrics.answers, untold.size))

    const tell = Effect.gen(function* () {
      if (untold.size === 0) return
      const all = yield* entries
      for (const [fingerprint, entry] of untold) {
        yield* all.put(query, { fingerprint, entry }, undefined)
        untold.delete(fingerprint)
        yield* spool.forget(fingerprint)
      }
    }).pipe(Effect.ensuring(measure))
    notices.onConnect({ stage: "answers", task: "storing granted tokens", run: tell })
    yield* BackgroundLoop.start({ task: "storing granted tokens", every: tellEveryMs }, tell).pipe(
      inRealTime
    )

    yield* BackgroundLoop.start(
      {
        task: "counting undecided refreshes",
        every: countEvery,
        startsAtOnce: true
      },
      Effect.flatMap(entries, (all) => all.undecided(query, times.graceMs)).pipe(
        Effect.flatMap((count) => Metric.set(storeUndecided.metric, count)),
        // That the database is away is said by the notices.
        Effect.catchTag("DatabaseUnavailable", () => Effect.void)
      )
    ).pipe(inRealTime)

    const intend = (fingerprint: string, entry: JournalEntry) =>
      Effect.gen(function* () {
        const all = yield* entries
        const lease = leaseOf(all, fingerprint)
        const sent = sentNow()
        if (lease === undefined) {
          yield* all.put(query, { fingerprint, entry }, undefined)
          return
        }
        if (yield* all.intend(query, { fingerprint, entry }, lease, times.fenceMs)) {
          lease.extend(sent, times.fenceMs)
          return
        }
        lease.lose()
        return yield* fenced(database)
      })

    const answered = (fingerprint: string, entry: JournalEntry) =>
      Effect.gen(function* () {
        const isSpooled = yield* spool.keep(fingerprint, entry)
        untold.set(fingerprint, entry)
        const told = yield* Effect.either(
          Effect.flatMap(entries, (all) => all.put(query, { fingerprint, entry }, undefined))
        )
        if (told._tag === "Right") {
          untold.delete(fingerprint)
          yield* spool.forget(fingerprint)
        } else if (!isSpooled) return yield* told.left
      })

    const put = (fingerprint: string, entry: JournalEntry) =>
      Effect.gen(function* () {
        const all = yield* entries
        // Every store has the answer: it need not be told any more.
        untold.delete(fingerprint)
        yield* spool.forget(fingerprint)
        yield* all.put(query, { fingerprint, entry }, leaseOf(all, fingerprint))
        if (entry._tag === "Settled") yield* Effect.ignore(all.prune(query))
      })

    return RefreshJournal.of({
      find: (fingerprint) => {
        const mine = untold.get(fingerprint)
        if (mine !== undefined) return Effect.succeedSome(mine)
        return Effect.mapError(
          Effect.flatMap(entries, (all) => all.find(query, fingerprint)),
          failed("read")
        )
      },
      record: (fingerprint, entry) => {
        const recorded = { Intent: intend, Answered: answered, Settled: put, Ended: put }
        return Effect.catchAll(recorded[entry._tag](fingerprint, entry), (error) => {
          if (error._tag === "JournalUnavailable") return Effect.fail(error)
          return Effect.fail(failed("write")(error))
        })
      },
      forget: (fingerprint) =>
        Effect.gen(function* () {
          const all = yield* entries
          untold.delete(fingerprint)
          yield* spool.forget(fingerprint)
          yield* all.forget(query, fingerprint, leaseOf(all, fingerprint))
        }).pipe(Effect.mapError(failed("write"))),
      unfinished: Effect.mapError(
        Effect.flatMap(entries, (all) => all.unfinished(query)),
        failed("list")
      ),
      undecidedUntil: (fingerprint) =>
        Effect.gen(function* () {
          const intent = yield* Effect.flatMap(entries, (all) =>
            all.foreignIntent(query, fingerprint)
          )
          if (intent === undefined) return undefined
          // A command does not live long enough to watch the database: the server itself says for
          // how long the writer could have reached it.
          const up = notices.upFor() ?? intent.up
          const left = Math.max(times.graceMs - intent.age, times.settledMs - up)
          if (left <= 0) return undefined
          return (yield* Clock.currentTimeMillis) + left
        }).pipe(Effect.mapError(failed("read")))
    })
  })

const fenced = (database: typeof Database.Service) =>
  new JournalUnavailable({ path: path(database), operation: "write", code: fencedCode })

type Needs = Database | HeldLeases | Keyring | Notices | Spool

/** The journal of a store. */
export const layer: Layer.Layer<RefreshJournal, never, Needs> = Layer.scoped(
  RefreshJournal,
  make(standardTimes)
)

/** The same with other times, for tests. */
export const layerWith = (times: JournalTimes): Layer.Layer<RefreshJournal, never, Needs> =>
  Layer.scoped(RefreshJournal, make(times))
