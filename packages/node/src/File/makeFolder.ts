import * as fs from "node:fs/promises"
import * as path from "node:path"
import { codeOf } from "./FileFailure.ts"

const isFolder = async (at: string): Promise<boolean> =>
  (await fs.stat(at).catch(() => undefined))?.isDirectory() === true

/**
 * How often one folder is tried: others may be making, or taking away, those above it at the same
 * time.
 */
const tries = 10

/**
 * Makes a folder and those above it that are missing, with `mode` (narrowed by the umask); one that
 * is there is left as it is. `recursive` of `fs.mkdir` does the same, but never comes back where
 * the system says that the folder to make it in is missing although it is there, as below `/proc`.
 * Rejects with the system's error.
 */
export const makeFolder = async (folder: string, mode = 0o700): Promise<void> => {
  for (let left = tries; ; left -= 1) {
    try {
      return void (await fs.mkdir(folder, { mode }))
    } catch (cause) {
      // Systems that refuse to write may say so before they look whether it is there.
      if (codeOf(cause) !== "ENOENT") {
        if (await isFolder(folder)) return
        throw cause
      }
      const parent = path.dirname(folder)
      if (left <= 1 || parent === folder) throw cause
      if (!(await isFolder(parent))) await makeFolder(parent, mode)
    }
  }
}
