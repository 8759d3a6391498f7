/** Getting what was written onto the disk, for whoever writes files. */
import { type File, FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { hasCode, type Refusal } from "./FileFailure.ts"

/**
 * Writes all bytes where the file stands. `File.writeAll` takes it for a full disk when there are
 * none.
 */
export const writeAll = (file: File, bytes: Uint8Array): Effect.Effect<void, Refusal> => {
  if (bytes.byteLength === 0) return Effect.void
  return file.writeAll(bytes)
}

/**
 * Makes a rename survive a power cut. Some file systems and Windows cannot sync a folder; the
 * rename itself stands. Fails with the system's refusal.
 */
export const syncFolder = (folder: string): Effect.Effect<void, Refusal, FileSystem> =>
  FileSystem.pipe(
    Effect.flatMap((files) => files.open(folder, { flag: "r" })),
    Effect.flatMap((opened) => opened.sync),
    Effect.scoped,
    Effect.catchIf(hasCode("EISDIR", "EPERM", "EINVAL", "ENOTSUP", "EACCES"), () => Effect.void)
  )
