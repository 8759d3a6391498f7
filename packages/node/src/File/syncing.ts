/** Getting bytes onto the disk, for whoever writes files. Rejects with the system's error. */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { codeOf } from "./FileFailure.ts"

/**
 * Writes the bytes from one offset to another to the same place of a file. A single write may take
 * fewer bytes than it was given: on a full disk that is the only sign.
 */
export const writeAll = async (
  handle: fs.FileHandle,
  content: Uint8Array,
  from = 0,
  to = content.byteLength
): Promise<void> => {
  for (let done = from; done < to; ) {
    const { bytesWritten } = await handle.write(content, done, to - done, done)
    if (bytesWritten === 0)
      throw Object.assign(new Error("nothing more can be written"), { code: "ENOSPC" })
    done += bytesWritten
  }
}

/**
 * Makes a rename survive a power cut. Some file systems and Windows cannot sync a folder; the
 * rename itself stands.
 */
export const syncFolder = async (folder: string): Promise<void> => {
  try {
    const handle = await fs.open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (!["EISDIR", "EPERM", "EINVAL", "ENOTSUP", "EACCES"].includes(codeOf(cause))) throw cause
  }
}
