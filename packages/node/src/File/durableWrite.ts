/**
 * Replaces a file so that whoever reads it, at any time and after any crash, finds the old content
 * or the new: temporary file in the same folder → all bytes → fsync → rename → fsync of the folder.
 * A file that is mounted by itself cannot be replaced; it is written in place, beside a copy.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { codeOf, FileFailure, isMissing, problem } from "./FileFailure.ts"
import { writeInPlace } from "./inPlace.ts"
import { makeFolder } from "./makeFolder.ts"
import { orMountedAlone } from "./mounts.ts"
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
  readonly beforeRename?: Effect.Effect<void, FileFailure>
}

const marker = ".clawdbot-tmp-"

let written = 0
/** No two alike, in this process and beside others; opening it makes sure. */
const uniqueName = (): string =>
  `${process.pid}-${process.hrtime.bigint().toString(36)}${(written++).toString(36)}`

const attempt = <A>(file: string, run: () => Promise<A>): Effect.Effect<A, FileFailure> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new FileFailure({ path: file, operation: "write", code: codeOf(cause) })
  })

/**
 * Only a file is replaced. Whatever else stands in its place, a device above all, is more than this
 * program could put back; the owner of the machine may rename over anything.
 */
const requireReplaceable = async (target: string): Promise<void> => {
  const stat = await fs.lstat(target).catch((cause: unknown) => {
    if (isMissing(codeOf(cause))) return undefined
    throw cause
  })
  if (stat !== undefined && !stat.isFile()) throw problem("NOT_A_FILE")
}

/**
 * Replaces `file` with `content`; a symlink stays one, its target is replaced. On any failure
 * before the rename the old content is untouched and nothing is left behind; the one failure after
 * it (the folder cannot be synced) leaves the new content whole, but maybe not for a power cut.
 */
export const durableWrite = (
  file: string,
  content: string | Uint8Array,
  options: DurableWriteOptions = {}
): Effect.Effect<void, FileFailure> =>
  Effect.gen(function* () {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
    const mode = options.mode ?? 0o600
    if (bytes.byteLength > (options.maxBytes ?? maxBytes.records))
      return yield* new FileFailure({ path: file, operation: "write", code: "TOO_LARGE" })
    const target = yield* attempt(file, () => realTarget(file))
    const folder = path.dirname(target)
    const temporary = path.join(folder, `.${path.basename(target)}${marker}${uniqueName()}`)
    const takePlace = async (): Promise<void> => {
      try {
        await fs.rename(temporary, target)
      } catch (cause) {
        // Linux says so of a file that is a mount point, and of no other.
        if (codeOf(cause) !== "EBUSY" || process.platform !== "linux") throw cause
        await writeInPlace({ target, bytes, temporary, mode })
      }
    }
    yield* attempt(file, () => requireReplaceable(target))
    yield* attempt(file, () => makeFolder(folder, options.folderMode))
    yield* attempt(file, async () => {
      const handle = await fs.open(temporary, "wx", mode)
      try {
        await writeAll(handle, bytes)
        // The mode given to open is narrowed by the umask.
        await handle.chmod(mode)
        await handle.sync()
      } finally {
        await handle.close()
      }
    }).pipe(
      Effect.catchAll(orMountedAlone),
      Effect.zipRight(options.beforeRename ?? Effect.void),
      Effect.zipRight(attempt(file, takePlace)),
      Effect.onError(() =>
        Effect.promise(() => fs.rm(temporary, { force: true }).catch(() => undefined))
      )
    )
    yield* attempt(file, () => syncFolder(folder))
  }).pipe(Effect.uninterruptible)

/**
 * The same for readers, before the next line of the program runs, but not for a power cut: what a
 * process that is killed in the next moment must not take with it. Its folder must be there.
 * Nothing is promised: {@link durableWrite} follows, and tells what is wrong.
 */
export const replaceAtOnce = (file: string, content: string): void => {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}${marker}${uniqueName()}`)
  try {
    writeFileSync(temporary, content, { flag: "wx", mode: 0o600 })
    renameSync(temporary, file)
  } catch {
    // The one that follows meets the same fault and tells it. What is left of this could hold a
    // secret.
    try {
      rmSync(temporary, { force: true })
    } catch {}
  }
}

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
export const sweepTemporaries = (folder: string, file?: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const prefix = file === undefined ? "" : `.${path.basename(file)}`
    const names = await fs.readdir(folder).catch((): ReadonlyArray<string> => [])
    for (const name of names) {
      const at = name.indexOf(marker)
      const pid =
        at < 0 || !name.startsWith(prefix)
          ? Number.NaN
          : Number.parseInt(name.slice(at + marker.length), 10)
      if (Number.isInteger(pid) && !isAlive(pid))
        await fs.rm(path.join(folder, name), { force: true }).catch(() => undefined)
    }
  })
