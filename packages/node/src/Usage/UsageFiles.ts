/**
 * `UsageLedger` over daily files in `<state>/usage/` (one for each day of UTC, one JSON document a
 * line, 0600). What is recorded is summed up in memory and appended within two seconds, never on a
 * request's path; a line is the sum of one hour and key since the last append, so that several
 * processes can write side by side. Days that are over are brought down to as few lines as say the
 * same; those that are older than `gateway.usage.retentionDays` are removed, unless the clock is in
 * doubt.
 */

import * as path from "node:path"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defaults } from "@clawdbot/domain/Config/defaults"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { removableBefore } from "@clawdbot/domain/Time/retention"
import { UsageBook } from "@clawdbot/domain/Usage/UsageBook"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger, type UsageSpan, UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Disk from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, hasCode, type Refusal } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { makeFolder } from "../File/makeFolder.ts"
import { maxBytes } from "../File/readDocument.ts"
import { readLines } from "../File/readLines.ts"

/** How long what was recorded may be missing from the files. */
const flushEvery = Duration.seconds(2)
/** How often days that are over are looked after. */
const tidyEvery = Duration.hours(6)

const hoursOfDay = 24

const lineBreak = 0x0a

/** The last hour of the year 9999: later days have longer names, which sort elsewhere. */
const lastHour = 253_402_300_799_999 / Cell.hourMs

/** The day of UTC that an hour is in, as the name of its file has it. */
export const dayOf = (hour: number): string =>
  EpochMs.toIso(Math.min(hour, lastHour) * Cell.hourMs).slice(0, 10)

/** Whether a file of the folder holds a day. */
export const isDayFile = (name: string): boolean => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name)

const asUnavailable =
  (file: string, operation: UsageUnavailable["operation"]) =>
  <A, R>(effect: Effect.Effect<A, Refusal, R>): Effect.Effect<A, UsageUnavailable, R> =>
    effect.pipe(
      asFailure(file, operation),
      Effect.mapError(({ code }) => new UsageUnavailable({ path: file, operation, code }))
    )

const readText = (file: string): Effect.Effect<string, UsageUnavailable, Disk.Disk> =>
  Effect.mapError(
    readLines(file, maxBytes.ledger),
    ({ code, path }) => new UsageUnavailable({ path, operation: "read", code })
  )

/**
 * In one write, so that lines of several processes do not mix. A line that a crash cut off is ended
 * first.
 */
const append = (
  file: string,
  lines: ReadonlyArray<string>
): Effect.Effect<void, UsageUnavailable, FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const opened = yield* (yield* FileSystem).open(file, { flag: "a+", mode: 0o600 })
      const { size } = yield* opened.stat
      let begin = ""
      if (size > 0n) {
        yield* opened.seek(size - 1n, "start")
        const last = Option.getOrUndefined(yield* opened.readAlloc(1))
        if (last?.[0] !== lineBreak) begin = "\n"
      }
      yield* opened.writeAll(new TextEncoder().encode(`${begin}${lines.join("\n")}\n`))
    })
  ).pipe(asUnavailable(file, "write"))

/** All usage of this machine, for reports. */
const readCells = (folder: string, { since, until }: UsageSpan) =>
  Effect.gen(function* () {
    const [first, last] = [Math.floor(since / Cell.hourMs), Math.floor((until - 1) / Cell.hourMs)]
    const names = yield* Effect.catchIf(
      (yield* FileSystem).readDirectory(folder),
      hasCode("ENOENT"),
      () => Effect.succeed<ReadonlyArray<string>>([])
    ).pipe(asUnavailable(folder, "read"))
    const [from, to] = [`${dayOf(Math.max(0, first))}.jsonl`, `${dayOf(last)}.jsonl`]
    const files = names.filter((name) => isDayFile(name) && name >= from && name <= to)
    const cells = yield* Effect.forEach(files, (name) => {
      const file = path.join(folder, name)
      return Effect.map(readText(file), Cell.fromText)
    })
    return cells.flat().filter(({ hour }) => hour >= first && hour <= last)
  })

/** The ledger of a gateway. */
export const make = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const configs = yield* ConfigStore
  const files = yield* FileSystem
  const onDisk = yield* Disk.provider
  const folder = path.join(stateDir, "usage")
  const writing = yield* Effect.makeSemaphore(1)
  const book = new UsageBook()

  const appendSums = Effect.gen(function* () {
    if (book.isEmpty) return
    const days = new Map<string, Array<Cell.UsageCell>>()
    for (const cell of book.take()) {
      const day = dayOf(cell.hour)
      const cells = days.get(day)
      if (cells === undefined) days.set(day, [cell])
      else cells.push(cell)
    }
    yield* makeFolder(folder).pipe(
      asUnavailable(folder, "write"),
      Effect.zipRight(
        Effect.forEach([...days], ([day, cells]) => {
          const file = path.join(folder, `${day}.jsonl`)
          return Effect.tap(append(file, cells.map(Cell.toLine)), () =>
            Effect.sync(() => void days.delete(day))
          )
        })
      ),
      // What is not on disk is kept and tried again.
      Effect.tapError(() =>
        Effect.sync(() => {
          book.putBack([...days.values()].flat())
        })
      )
    )
  })
  const flush = Effect.uninterruptible(writing.withPermits(1)(onDisk(appendSums)))

  /** Under a lock, and never today's file: nobody appends to it any more. */
  const tidyDay = (name: string) =>
    Effect.scoped(
      Effect.gen(function* () {
        const file = path.join(folder, name)
        const lock = yield* FolderLock.hold(file)
        const text = yield* readText(file)
        const lines = Cell.tidied(text)
        const next = `${lines.join("\n")}\n`
        if (lines.length > 0 && next.length < text.length)
          yield* durableWrite(file, next, {
            maxBytes: maxBytes.ledger,
            beforeRename: lock.stillMine
          })
      })
    )

  const tidy = Effect.gen(function* () {
    const { config } = yield* configs.load
    const keep = config.gateway?.usage?.retentionDays ?? defaults["gateway.usage.retentionDays"]
    const at = yield* Clock.currentTimeMillis
    const now = Math.floor(at / Cell.hourMs)
    const all = yield* files.readDirectory(folder).pipe(asUnavailable(folder, "read"))
    const names = all.filter(isDayFile)
    const dates = names.map((name) => Date.parse(name.slice(0, 10)))
    const before = removableBefore(dates, at, keep * hoursOfDay * Cell.hourMs)
    const oldest = ifDefined(
      before,
      (before) => `${dayOf(Math.max(0, Math.floor(before / Cell.hourMs)))}.jsonl`
    )
    // Another process may still append what it took before midnight.
    const open = `${dayOf(Math.max(0, now - 1))}.jsonl`
    for (const name of names) {
      if (oldest !== undefined && name < oldest)
        yield* files
          .remove(path.join(folder, name), { force: true })
          .pipe(asUnavailable(folder, "write"))
      else if (name < open) yield* tidyDay(name)
    }
  })

  // Usage is worth telling, not worth failing for: what cannot be written now is tried again.
  yield* BackgroundLoop.start(
    { task: "writing usage", every: flushEvery, startsAtOnce: true },
    Effect.ignore(flush)
  )
  yield* BackgroundLoop.start(
    { task: "tidying usage files", every: tidyEvery, startsAtOnce: true },
    Effect.ignore(tidy)
  )
  yield* Effect.addFinalizer(() =>
    Effect.catchAll(flush, (error) =>
      Effect.logWarning(`usage since the last write is lost: ${error.message}`)
    )
  )

  return UsageLedger.of({
    record: (entry) => book.record(entry),
    cells: (span) => Effect.zipRight(flush, onDisk(readCells(folder, span))),
    flush
  })
})

/** The layer of {@link make}. */
export const layer: Layer.Layer<UsageLedger, never, ConfigStore | StatePaths | Disk.Disk> =
  Layer.scoped(UsageLedger, make)

/** What is in the files, for whoever only reads. */
export const cells = (span: UsageSpan) =>
  Effect.flatMap(StatePaths, ({ stateDir }) => readCells(path.join(stateDir, "usage"), span))
