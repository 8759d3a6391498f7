/**
 * Writes a file in place, for one that cannot be replaced because it is mounted by itself (a single
 * file given to a container). A copy with the new content stands beside it meanwhile: a program
 * that is killed, or a reader that comes, at any step finds the old content or the new
 * (`readDocument`). The copy is outside the mount; a container that is thrown away before the next
 * write takes it along.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { problem } from "./FileFailure.ts"
import { copyPathOf } from "./inPlaceCopy.ts"
import { syncFolder, writeAll } from "./syncing.ts"

/** The steps in their order, for tests that end the process after one of them. */
export const steps = ["copied", "emptied", "half written", "written", "synced", "done"] as const
export type Step = (typeof steps)[number]

/** What is written where. */
export interface InPlaceWrite {
  /** The real path of the file. */
  readonly target: string
  readonly bytes: Uint8Array
  /** A file in the same folder that holds the bytes, on disk; it becomes the copy. */
  readonly temporary: string
  readonly mode: number
  readonly after?: ((step: Step) => void) | undefined
}

/** Empties the file first: what is found in between is the beginning of the new content. */
const overwrite = async (
  handle: fs.FileHandle,
  bytes: Uint8Array,
  after: (step: Step) => void
): Promise<void> => {
  await handle.truncate(0)
  after("emptied")
  const half = bytes.byteLength >> 1
  await writeAll(handle, bytes, 0, half)
  after("half written")
  await writeAll(handle, bytes, half)
  after("written")
  await handle.sync()
  after("synced")
}

/**
 * Gives the file its old content back after a write that failed, such as on a full disk. Where not
 * even that can be done, an empty file sends every reader to the copy.
 */
const putBack = async (handle: fs.FileHandle, before: Uint8Array, copy: string): Promise<void> => {
  try {
    await overwrite(handle, before, () => undefined)
    await fs.rm(copy, { force: true })
  } catch {
    await handle.truncate(0).catch(() => undefined)
  }
}

/** Rejects with the system's error; the file then has its old content. */
export const writeInPlace = async ({
  after = () => undefined,
  bytes,
  mode,
  target,
  temporary
}: InPlaceWrite): Promise<void> => {
  const folder = path.dirname(target)
  const copy = copyPathOf(target)
  const handle = await fs.open(target, "r+")
  try {
    if (!(await handle.stat()).isFile()) throw problem("NOT_A_FILE")
    const before = await handle.readFile()
    await fs.rename(temporary, copy)
    await syncFolder(folder)
    after("copied")
    try {
      await overwrite(handle, bytes, after)
    } catch (cause) {
      await putBack(handle, before, copy)
      throw cause
    }
    // Whoever gave the file to a container may own it.
    await handle.chmod(mode).catch(() => undefined)
  } finally {
    await handle.close()
  }
  await fs.rm(copy, { force: true })
  await syncFolder(folder)
  after("done")
}
