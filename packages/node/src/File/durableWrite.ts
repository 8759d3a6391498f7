/**
 * Replaces a file so that whoever reads it, at any time and after any crash, finds the old content
 * or the new: temporary file in the same folder → all bytes → fsync → rename → fsync of the folder.
 * A file that is mounted by itself cannot be replaced; it is written in place, beside a copy.
 */
import * as path from "node:path"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Disk } from "./Disk.ts"
import {
  asFailure,
  codeOf,
  FileFailure,
  hasCode,
  isMissing,
  problem,
  type Refusal,
  type SystemRefusal
} from "./FileFailure.ts"
import { writeInPlace } from "./inPlace.ts"
import { makeFolder } from "./makeFolder.ts"
import { orMountedAlone } from "./mounts.ts"
import { PosixFiles } from "./PosixFiles.ts"
import { maxBytes } from "./readDocument.ts"
import { realTarget } from "./realTarget.ts"
import { syncFolder, writeAll } from "./syncing.ts"

/** Permissions for a file that is replaced, and for folders that have to be made. */
export interface DurableWriteOptions {
  /**
   * The largest content that will be read again, in bytes; a larger one is refused. Default: what
   * `readDocument` takes of records.
   */
  readonly maxBytes?: number | undefined
  /** Default 0600. */
  readonly mode?: number
  /** Default 0700. */
  readonly folderMode?: number
  /**
   * Runs after the new content is on disk and right before it takes the old one's place; a failure
   * leaves the old one there.
   */
  readonly beforeRename?: Effect.Effect<void, FileFailure> | undefined
}

const marker = ".clawdbot-tmp-"

let written = 0
/** No two alike, in this process and beside others; opening it makes sure. */
const uniqueName = (): string =>
  `${process.pid}-${process.hrtime.bigint().toString(36)}${(written++).toString(36)}`

/** Makes a new file with these bytes, which are on disk before it returns. */
const writeNew = (
  file: string,
  bytes: Uint8Array,
  mode: number
): Effect.Effect<void, Refusal, FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FileSystem
      const opened = yield* files.open(file, { flag: "wx", mode })
      yield* writeAll(opened, bytes)
      // The mode given to open is narrowed by the umask.
      yield* files.chmod(file, mode)
      yield* opened.sync
    })
  )

/**
 * Only a file is replaced. Whatever else stands in its place, a device above all, is more than this
 * program could put back; the owner of the machine may rename over anything.
 */
const requireReplaceable = (target: string): Effect.Effect<void, SystemRefusal, PosixFiles> =>
  Effect.gen(function* () {
    const stat = yield* Effect.catchIf(
      (yield* PosixFiles).lstat(target),
      ({ code }) => isMissing(code),
      () => Effect.succeed(undefined)
    )
    if (stat !== undefined && !stat.isFile()) return yield* problem("NOT_A_FILE")
  })

/**
 * Replaces `file` with `content`; a symlink stays one, its target is replaced. On any failure
 * before the rename the old content is untouched and nothing is left behind; the one failure after
 * it (the folder cannot be synced) leaves the new content whole, but maybe not for a power cut.
 */
export const durableWrite = (
  file: string,
  content: string | Uint8Array,
  options: DurableWriteOptions = {}
): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
    const mode = options.mode ?? 0o600
    const failed = asFailure(file, "write")
    if (bytes.byteLength > (options.maxBytes ?? maxBytes.records))
      return yield* new FileFailure({ path: file, operation: "write", code: "TOO_LARGE" })
    const target = yield* failed(realTarget(file))
    const folder = path.dirname(target)
    const temporary = path.join(folder, `.${path.basename(target)}${marker}${uniqueName()}`)
    // Linux says so of a file that is a mount point, and of no other.
    const isMountPoint = (refusal: Refusal) =>
      process.platform === "linux" && hasCode("EBUSY")(refusal)
    const takePlace = Effect.catchIf(files.rename(temporary, target), isMountPoint, () =>
      writeInPlace({ target, bytes, temporary, mode })
    )
    yield* failed(requireReplaceable(target))
    yield* failed(makeFolder(folder, options.folderMode))
    yield* failed(writeNew(temporary, bytes, mode)).pipe(
      Effect.catchAll(orMountedAlone),
      Effect.zipRight(options.beforeRename ?? Effect.void),
      Effect.zipRight(failed(takePlace)),
      Effect.onError(() => Effect.ignore(files.remove(temporary, { force: true })))
    )
    yield* failed(syncFolder(folder))
  }).pipe(Effect.uninterruptible)

/**
 * The same for readers, before the next line of the program runs, but not for a power cut: what a
 * process that is killed in the next moment must not take with it. Its folder must be there.
 * Nothing is promised: {@link durableWrite} follows, meets the same fault and fails with it.
 */
export const replaceAtOnce = (
  file: string,
  content: string
): Effect.Effect<void, never, PosixFiles> =>
  Effect.flatMap(PosixFiles, ({ replaceNow }) => {
    const name = `.${path.basename(file)}${marker}${uniqueName()}`
    return Effect.ignore(replaceNow(file, path.join(path.dirname(file), name), content))
  })

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) === "EPERM"
  }
}

/**
 * Removes temporary files whose writer was killed before it could; files of living processes are
 * left alone. With `file` (whose lock the caller holds), only those of that file and of what is
 * kept beside it (`<file>.…`): a process of another container looks dead from here, and may be
 * writing another file of the folder.
 */
export const sweepTemporaries = (
  folder: string,
  file?: string
): Effect.Effect<void, never, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const prefix = file === undefined ? "" : `.${path.basename(file)}`
    const names = yield* Effect.orElseSucceed(
      files.readDirectory(folder),
      (): ReadonlyArray<string> => []
    )
    for (const name of names) {
      const at = name.indexOf(marker)
      const pid =
        at < 0 || !name.startsWith(prefix)
          ? Number.NaN
          : Number.parseInt(name.slice(at + marker.length), 10)
      if (Number.isInteger(pid) && !isAlive(pid))
        yield* Effect.ignore(files.remove(path.join(folder, name), { force: true }))
    }
  })
