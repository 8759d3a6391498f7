/**
 * Reads one `auth-profiles.json` with the rules of decision D8: a broken store is never an empty
 * one.
 */

import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import {
  StoreCorrupt,
  type StoreTooNew,
  StoreUnavailable
} from "@clawdbot/domain/Profile/ProfileError"
import { ofUnreadable, type StoreNotice } from "@clawdbot/domain/Profile/StoreNotice"
import { textOf } from "@clawdbot/domain/Text/textIf"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Disk } from "../File/Disk.ts"
import { codeOf, hasCode, isEncoding, isMissing } from "../File/FileFailure.ts"
import { fileVersion } from "../File/fileVersion.ts"
import { type FileStat, PosixFiles } from "../File/PosixFiles.ts"
import { type Document, maxBytes, readContent, readIfPresent } from "../File/readDocument.ts"
import * as Backups from "./backups.ts"
import { parse } from "./parseStore.ts"

/** The version of a file, with its permissions: they are repaired when it is read. */
export type FileVersion = string

/**
 * A store's content. `text` is undefined when there is no file. `restored` says that something
 * stands in for a broken file.
 */
export interface StoreContent {
  readonly version: FileVersion
  readonly text: string | undefined
  /** When this text was written, in ns of the file system's clock; 0 when there is no file. */
  readonly modified: bigint
  readonly document: ProfileDocument.ProfileDocument
  readonly restored: boolean
  readonly notices: ReadonlyArray<StoreNotice>
}

/** What reading can fail with. */
export type ReadFailure = StoreCorrupt | StoreTooNew | StoreUnavailable

const missing: FileVersion = "missing"

const privateMode = 0o600

/** The version of a file whose permissions are these. */
const versionFrom = (stat: FileStat, mode = Number(stat.mode & 0o777n)): FileVersion =>
  `${fileVersion(stat)} ${mode.toString(8)}`

/** The version of a file as it is now. */
export const versionOf = (file: string): Effect.Effect<FileVersion, StoreUnavailable, PosixFiles> =>
  Effect.flatMap(PosixFiles, (posix) => posix.stat(file)).pipe(
    Effect.map((stat) => versionFrom(stat)),
    Effect.catchAll(({ code }) => {
      if (isMissing(code)) return Effect.succeed(missing)
      return Effect.fail(new StoreUnavailable({ path: file, operation: "read", code }))
    })
  )

/** What is no UTF-8 is a broken store; what is no file, or cannot be read, is none at all. */
const readText = (
  file: string
): Effect.Effect<Document | undefined, StoreCorrupt | StoreUnavailable, Disk> =>
  Effect.mapError(readIfPresent(file, maxBytes.records), ({ code, column, line }) => {
    if (isEncoding(code))
      return new StoreCorrupt({ path: file, problem: FileProblem.inWords(code), line, column })
    return new StoreUnavailable({ path: file, operation: "read", code })
  })

/** Makes a store that others could read the person's alone, and says so. */
const repairMode = (
  file: string,
  stat: FileStat
): Effect.Effect<
  { readonly version: FileVersion; readonly notices: ReadonlyArray<StoreNotice> },
  never,
  FileSystem
> =>
  Effect.gen(function* () {
    const bits = Number(stat.mode & 0o777n)
    if (process.platform === "win32" || (bits & 0o077) === 0)
      return { version: versionFrom(stat), notices: [] }
    const mode = bits.toString(8)
    const changed = yield* Effect.either((yield* FileSystem).chmod(file, privateMode))
    if (Either.isLeft(changed)) {
      const open: StoreNotice = {
        kind: "open",
        text:
          `${file} is readable by other users (mode ${mode}), and its mode cannot be changed ` +
          `(${codeOf(changed.left)})`
      }
      return { version: versionFrom(stat), notices: [open] }
    }
    const closed: StoreNotice = {
      kind: "closed",
      text: `${file} was readable by other users (mode ${mode}); its mode is now 600`
    }
    return { version: versionFrom(stat, privateMode), notices: [closed] }
  })

const cutOff = (file: string): StoreNotice => ({
  kind: "restored",
  text: `${file} was only partly written; its copy is used, and the next change repairs it`
})

/** Reads the file once. A broken one fails with its place. */
export const readOnce = (file: string): Effect.Effect<StoreContent, ReadFailure, Disk> =>
  Effect.gen(function* () {
    const found = yield* readText(file)
    if (found === undefined) {
      return {
        version: missing,
        text: undefined,
        modified: 0n,
        document: ProfileDocument.empty,
        restored: false,
        notices: []
      }
    }
    const { fromCopy, stat, text } = found
    const document = yield* parse(file, text)
    const { notices, version } = yield* repairMode(file, stat)
    return {
      version,
      text,
      modified: stat.mtimeNs,
      document,
      restored: fromCopy,
      notices: [...listIf(fromCopy, cutOff(file)), ...notices, ...ofUnreadable(document, file)]
    }
  })

/**
 * The content right after it was written. Where another program's text stands in the file already,
 * which can only be one that ignores the lock, the version is one that no file has: the next look
 * reads theirs.
 */
export const asWritten = (
  file: string,
  text: string,
  document: ProfileDocument.ProfileDocument
): Effect.Effect<StoreContent, StoreUnavailable, Disk> =>
  Effect.map(
    Effect.catchTag(readText(file), "StoreCorrupt", () => Effect.succeed(undefined)),
    (found) => ({
      version: found?.text === text ? versionFrom(found.stat) : "overwritten",
      text,
      modified: found?.stat.mtimeNs ?? 0n,
      document,
      restored: false,
      notices: []
    })
  )

/** What could stand in for a broken file: the newest content of it that was good. */
const lastGood = (
  file: string,
  remembered: StoreContent | undefined
): Effect.Effect<
  (Pick<StoreContent, "text" | "modified" | "document"> & { readonly from: string }) | undefined,
  never,
  Disk
> =>
  Effect.gen(function* () {
    for (let nth = 1; nth <= Backups.kept; nth++) {
      const found = yield* Backups.read(file, nth)
      if (found === undefined) continue
      // A backup is what a change replaced: what was read from the file after that change is
      // newer.
      if (remembered?.text !== undefined && remembered.modified >= found.modified) break
      const path = Backups.pathOf(file, nth)
      const parsed = parse(path, found.text)
      if (Either.isRight(parsed)) return { ...found, document: parsed.right, from: path }
    }
    if (remembered?.text === undefined) return undefined
    return { ...remembered, from: "from memory" }
  })

/**
 * The last good content in place of a broken file: a backup, or what this process read from the
 * file before, whichever is newer. The original stays where it is; a copy is put aside once for
 * each broken content, so that it can be looked at after the next write has restored the store.
 */
export const recover = (
  file: string,
  broken: StoreCorrupt,
  remembered?: StoreContent
): Effect.Effect<StoreContent, ReadFailure, Disk> =>
  Effect.gen(function* () {
    // The reference also writes without its lock: what became whole meanwhile is not broken, and
    // what does from here on is newer than the version.
    const version = yield* versionOf(file)
    const again = yield* Effect.either(readOnce(file))
    if (Either.isRight(again)) return again.right
    if (again.left._tag !== "StoreCorrupt") return yield* again.left
    const copy = yield* putAside(file)
    const good = yield* lastGood(file, remembered)
    if (good === undefined) {
      return yield* new StoreCorrupt({
        path: broken.path,
        problem: broken.problem,
        line: broken.line,
        column: broken.column,
        copy
      })
    }
    const { document, from, modified, text } = good
    const alsoKept = textOf(copy, (copy) => `; the broken file is also kept as ${copy}`)
    return {
      version: version,
      text,
      modified,
      document,
      restored: true,
      notices: [
        {
          kind: "restored",
          text:
            `${broken.message}; the last good content is used (${from}), and the next ` +
            `change restores it${alsoKept}`
        }
      ]
    }
  })

const putAside = (file: string): Effect.Effect<string | undefined, never, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const { mtimeMs } = yield* (yield* PosixFiles).stat(file)
    // Named after the broken content's own time: the same content is put aside once, however often
    // it is read.
    const copy = `${file}.corrupt-${mtimeMs}`
    const { bytes } = yield* readContent(file, maxBytes.records)
    yield* Effect.catchIf(
      files.writeFile(copy, bytes, { flag: "wx", mode: privateMode }),
      hasCode("EEXIST"),
      () => Effect.void
    )
    return copy
  }).pipe(Effect.orElseSucceed(() => undefined))
