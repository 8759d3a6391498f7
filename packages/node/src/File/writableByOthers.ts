/**
 * Which files and folders of a person others can write: whoever can change a config, a store or a
 * folder they are in takes the credentials over.
 */
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** One of them, and who else it is open to. */
export interface WritableByOthers {
  readonly path: string
  /** Its permission bits. */
  readonly mode: number
  /** Whether it belongs to another user, who is not root. */
  readonly isForeign: boolean
}

const writeByOthers = 0o022

const look = (path: string): Effect.Effect<ReadonlyArray<WritableByOthers>, never, FileSystem> =>
  Effect.flatMap(FileSystem, (files) =>
    Effect.match(files.stat(path), {
      onFailure: () => [],
      onSuccess: (stat) => {
        const mode = stat.mode & 0o7777
        const owner = Option.getOrElse(stat.uid, () => 0)
        const isForeign = owner !== 0 && owner !== process.getuid?.()
        if (isForeign || (mode & writeByOthers) !== 0) return [{ path, mode, isForeign }]
        return []
      }
    })
  )

/** Those of some paths; what is not there is none. Windows has no such permissions. */
export const writableByOthers = (
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<WritableByOthers>, never, FileSystem> => {
  if (process.platform === "win32") return Effect.succeed([])
  return Effect.map(
    Effect.forEach([...new Set(paths)], look, { concurrency: "unbounded" }),
    (found) => found.flat()
  )
}
