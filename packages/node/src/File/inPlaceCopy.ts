/**
 * The copy that stands beside a file while it is written in place. A file that is mounted by itself
 * cannot be replaced by a rename; it is emptied and written, and whoever finds it in between takes
 * the copy.
 */
import * as path from "node:path"

/** Where the copy of a file is kept. `target` is the real path of the file. */
export const copyPathOf = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.clawdbot-copy`)

/**
 * Whether `found` is what an unfinished write of `copy` leaves behind: its beginning, down to
 * nothing at all. Where the system stopped before the bytes reached the disk, some are zero. What a
 * person or another program wrote since then is neither, and stays.
 */
export const isUnfinished = (found: Uint8Array, copy: Uint8Array): boolean =>
  found.byteLength <= copy.byteLength &&
  found.every((byte, index) => byte === copy[index] || byte === 0)
