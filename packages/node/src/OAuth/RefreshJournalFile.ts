/**
 * `RefreshJournal` as files (decision D8): one 0600 file for each refresh token under
 * `<state>/run/refresh-journal/`, named after its fingerprint. An answer's secrets are in it only
 * until every store has them.
 */

import * as path from "node:path"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { decode, encode, type JournalEntry, retentionMs } from "@clawdbot/domain/OAuth/JournalEntry"
import { JournalUnavailable, RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { removableBefore } from "@clawdbot/domain/Time/retention"
import * as Json from "@clawdbot/json5-edit/Json"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Disk from "../File/Disk.ts"
import { durableWrite, replaceAtOnce, sweepTemporaries } from "../File/durableWrite.ts"
import { codeOf, hasCode, isEncoding, type Refusal } from "../File/FileFailure.ts"
import { maxBytes, readIfPresent } from "../File/readDocument.ts"

/** The journal's folder. */
export const folderOf = (stateDir: string): string => path.join(stateDir, "run", "refresh-journal")

/** Fingerprints are hexadecimal; whatever else is asked for must not become a path. */
export const fileOf = (folder: string, fingerprint: string): string =>
  path.join(folder, `${fingerprint.replace(/[^0-9a-z]/gi, "_")}.json`)

/** The entry of a file's text. */
export const parse = (text: string): JournalEntry => decode(Either.getOrUndefined(Json.parse(text)))

/** The journal of a state folder. */
export const make = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const files = yield* FileSystem
  const onDisk = yield* Disk.provider
  const folder = folderOf(stateDir)
  const asUnavailable = (file: string, operation: JournalUnavailable["operation"]) =>
    Effect.mapError(
      (refusal: Refusal) => new JournalUnavailable({ path: file, operation, code: codeOf(refusal) })
    )

  const readEntry = (
    file: string
  ): Effect.Effect<JournalEntry | undefined, JournalUnavailable, Disk.Disk> =>
    readIfPresent(file, maxBytes.settings).pipe(
      Effect.map((document) => ifDefined(document, (document) => parse(document.text))),
      Effect.catchAll(({ code }) => {
        // What is no text is an entry that says nothing, as one that is cut off.
        if (isEncoding(code)) return Effect.succeed(parse(""))
        return Effect.fail(new JournalUnavailable({ path: file, operation: "read", code }))
      })
    )

  const names = Effect.map(
    Effect.catchIf(files.readDirectory(folder), hasCode("ENOENT"), () => Effect.succeed([])),
    (all) => all.filter((name) => /^[0-9a-z_]+\.json$/i.test(name))
  )

  const removeExpired = (now: number) =>
    Effect.gen(function* () {
      const writtenAt = new Map<string, number>()
      for (const name of yield* names) {
        const file = path.join(folder, name)
        const stat = yield* Effect.option(files.stat(file))
        const modified = Option.flatMap(stat, ({ mtime }) => mtime)
        if (Option.isSome(modified)) writtenAt.set(file, modified.value.getTime())
      }
      const before = removableBefore(writtenAt.values(), now, retentionMs)
      if (before === undefined) return
      for (const [file, at] of writtenAt)
        if (at < before) yield* Effect.ignore(files.remove(file, { force: true }))
    })

  /**
   * Entries older than any refresh token lives, and what killed writers left behind. That a token
   * was used up must not be forgotten because of a wrong date.
   */
  const prune = (now: number) =>
    Effect.zipRight(sweepTemporaries(folder), Effect.ignore(removeExpired(now)))

  return RefreshJournal.of({
    find: (fingerprint) => {
      const file = fileOf(folder, fingerprint)
      return onDisk(Effect.map(readEntry(file), Option.fromNullable))
    },
    record: (fingerprint, entry) =>
      Effect.gen(function* () {
        const file = fileOf(folder, fingerprint)
        const text = `${JSON.stringify(Redacted.value(encode(entry)), null, 2)}\n`
        // Nobody else knows the new tokens yet: what the system was handed outlives this process,
        // also while the disk is slow.
        if (entry._tag === "Answered") yield* replaceAtOnce(file, text)
        yield* durableWrite(file, text).pipe(
          Effect.mapError(
            ({ code }) => new JournalUnavailable({ path: file, operation: "write", code })
          )
        )
        if (entry._tag === "Settled") yield* prune(yield* Clock.currentTimeMillis)
      }).pipe(onDisk),
    forget: (fingerprint) => {
      const file = fileOf(folder, fingerprint)
      return asUnavailable(file, "write")(files.remove(file, { force: true }))
    },
    // Whoever holds the lease knows that the writer of an intent is gone.
    undecidedUntil: () => Effect.succeed(undefined),
    unfinished: Effect.gen(function* () {
      const found: Array<string> = []
      for (const name of yield* asUnavailable(folder, "list")(names)) {
        const entry = yield* readEntry(path.join(folder, name))
        if (entry?._tag === "Answered") found.push(name.slice(0, -".json".length))
      }
      return found
    }).pipe(onDisk)
  })
})

/** The layer of {@link make}. */
export const layer: Layer.Layer<RefreshJournal, never, StatePaths | Disk.Disk> = Layer.effect(
  RefreshJournal,
  make
)
