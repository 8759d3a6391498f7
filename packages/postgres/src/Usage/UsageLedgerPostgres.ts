/**
 * `UsageLedger` for all gateways of a store: each of them adds what it counted every second, and
 * every one of them knows the sum. No request waits for it. What the database does not take is
 * summed up in memory, kept in the state folder, and stored once when the database is there again.
 */
import { randomUUID } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defaults } from "@clawdbot/domain/Config/defaults"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { storeUnsaved, usageLost } from "@clawdbot/domain/Metric/processMetrics"
import { UsageBook } from "@clawdbot/domain/Usage/UsageBook"
import type { UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger, type UsageSpan, UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import type { Disk } from "@clawdbot/node/File/Disk"
import type { FileFailure } from "@clawdbot/node/File/FileFailure"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type { Database, DatabaseError } from "../Database.ts"
import { isOutage } from "../databaseCode.ts"
import { inRealTime } from "../realTime.ts"
import { storable } from "./storableCells.ts"
import { requestsIn, type Unstored, UsageOutbox } from "./UsageOutbox.ts"
import * as UsageSpool from "./UsageSpool.ts"
import * as UsageTable from "./UsageTable.ts"

/** How long what was counted may be missing from the database. */
const storeEvery = "1 second"
/** How often it is looked whether the database is slow to take it. */
const keepEvery = "500 millis"
/** A report, and the end of a gateway, wait so long for the database to take what was counted. */
const longestStore = "2 seconds"
/** How often it is looked for what other processes of the host have left, and for old usage. */
const takeOverEvery = "5 minutes"
const pruneEvery = "6 hours"

/** Usage that a store does not take at all is in no report: it is told, and counted. */
const tellLost = (cells: Iterable<UsageCell>, why: string) => {
  const requests = requestsIn(cells)
  return Effect.zipRight(
    Metric.incrementBy(usageLost.metric, requests),
    Effect.annotateLogs(Effect.logWarning("usage is lost"), { requests, why })
  )
}

const isAway = (error: DatabaseError | FileFailure): boolean =>
  error._tag === "DatabaseUnavailable" && isOutage(error.code)

/** Stores an outbox to its end. A batch that is refused is divided until one cell is at fault. */
const storeAll = (
  outbox: UsageOutbox,
  table: UsageTable.UsageTable,
  keepAgain: Effect.Effect<void, FileFailure>
): Effect.Effect<void, DatabaseError | FileFailure> =>
  Effect.gen(function* () {
    for (;;) {
      const head = outbox.head()
      if (head === undefined) return
      const stored = yield* Effect.either(table.send(head))
      if (Either.isRight(stored)) outbox.confirm()
      else if (!UsageTable.isRefused(stored.left)) return yield* stored.left
      // Numbers change their content: what is on the disk has to say so first.
      else if (outbox.split()) yield* keepAgain
      else yield* tellLost(outbox.drop(), stored.left.message)
    }
  })

const make = (times: FolderLock.FolderLockTimes) =>
  Effect.gen(function* () {
    const table = yield* UsageTable.make
    const spool = yield* UsageSpool.make(times)
    const configs = yield* ConfigStore
    const storing = yield* Effect.makeSemaphore(1)
    const book = new UsageBook()
    const newOutbox = () => new UsageOutbox({ writer: randomUUID(), seq: 1, batches: [] })
    let outbox = newOutbox()
    /** What was on its way to the database when it was looked last. */
    let underWay: unknown

    const collect = (): void => {
      if (!book.isEmpty) outbox.put(storable(book.take()))
    }

    const measure = Effect.suspend(() =>
      Metric.set(storeUnsaved.metrics.usage, outbox.size + book.size)
    )

    const keep = Effect.suspend(() => {
      collect()
      return spool.keep(() => outbox.unstored())
    })

    /** Another process has taken over what was kept here, and stores it. */
    const giveUp = Effect.suspend(() => {
      outbox = newOutbox()
      return Effect.zipRight(
        spool.forget(false),
        Effect.logWarning("another gateway of this state folder stores the usage of this one")
      )
    })

    const store = Effect.gen(function* () {
      if (Either.isLeft(yield* Effect.either(spool.stillMine))) yield* giveUp
      collect()
      const keepAgain = Effect.suspend(() => (spool.isKeeping() ? keep : Effect.void))
      yield* storeAll(outbox, table, keepAgain)
      yield* spool.forget(true)
    }).pipe(
      Effect.tapError(() => Effect.ignore(keep)),
      Effect.ensuring(measure),
      storing.withPermits(1)
    )

    /** The database neither takes the batch nor refuses it: what waits is kept meanwhile. */
    const keepWhatWaits = Effect.suspend(() => {
      const head = outbox.isEmpty ? undefined : outbox.head()?.cells
      const isSlow = head !== undefined && head === underWay
      underWay = head
      if (!isSlow && !spool.isKeeping()) return Effect.void
      if (spool.isKeeping() && book.isEmpty) return Effect.void
      return keep
    })

    const takeOver = spool.takeOver((unstored, keepAgain) => {
      const left = new UsageOutbox(unstored)
      return storeAll(
        left,
        table,
        Effect.suspend(() => keepAgain(left.unstored()))
      )
    })

    const prune = Effect.gen(function* () {
      const { config } = yield* configs.load
      const keepDays =
        config.gateway?.usage?.retentionDays ?? defaults["gateway.usage.retentionDays"]
      yield* Effect.catchIf(table.prune(keepDays), isAway, () => Effect.void)
    })

    /** Waits for it, but not for a database that does not respond. */
    const storeSoon = store.pipe(
      Effect.ignore,
      Effect.disconnect,
      Effect.timeoutOption(longestStore)
    )

    const end = Effect.gen(function* () {
      yield* storeSoon
      collect()
      if (!outbox.isEmpty) yield* keepForLater
      yield* spool.leave
    })

    const keepForLater = Effect.suspend(() => {
      const unstored: Unstored = outbox.unstored()
      const cells = unstored.batches.flat()
      return Effect.matchEffect(keep, {
        onFailure: (failure) => tellLost(cells, failure.message),
        onSuccess: () =>
          Effect.annotateLogs(
            Effect.logWarning("usage that the database did not take is stored at the next start"),
            { requests: requestsIn(cells), folder: spool.folder }
          )
      })
    })

    yield* Effect.addFinalizer(() => inRealTime(end))
    yield* Effect.all(
      [
        // What cannot be stored now is kept, and tried again; that the database is away is known.
        BackgroundLoop.start(
          { task: "storing usage", every: storeEvery },
          Effect.catchIf(store, isAway, () => Effect.void)
        ),
        BackgroundLoop.start({ task: "keeping usage", every: keepEvery }, keepWhatWaits),
        BackgroundLoop.start(
          {
            task: "storing usage that others left",
            every: takeOverEvery,
            startsAtOnce: true
          },
          takeOver
        ),
        BackgroundLoop.start(
          { task: "removing old usage", every: pruneEvery, startsAtOnce: true },
          prune
        )
      ],
      { discard: true }
    ).pipe(inRealTime)

    const unavailable = (operation: UsageUnavailable["operation"]) =>
      Effect.mapError(() => new UsageUnavailable({ path: table.path, operation, code: "DATABASE" }))

    return UsageLedger.of({
      record: (entry) => book.record(entry),
      cells: (span) => Effect.zipRight(storeSoon, table.read(span)).pipe(unavailable("read")),
      flush: unavailable("write")(store)
    })
  })

type Needs = ConfigStore | Database | Disk | StatePaths

/** The ledger of a gateway. */
export const layer: Layer.Layer<UsageLedger, never, Needs> = Layer.scoped(
  UsageLedger,
  make(FolderLock.standardTimes)
)

/** The same with other times of the lock on what a process keeps, for tests. */
export const layerWith = (
  times: FolderLock.FolderLockTimes
): Layer.Layer<UsageLedger, never, Needs> => Layer.scoped(UsageLedger, make(times))

/** What all gateways used, for whoever only reads. */
export const cells = (
  span: UsageSpan
): Effect.Effect<ReadonlyArray<UsageCell>, DatabaseError, Database> =>
  Effect.flatMap(UsageTable.make, (table) => table.read(span))
