/**
 * Which files and folders of a person others can write: whoever can change a config, a store or a
 * folder they are in takes the credentials over.
 */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"

/** One of them, and who else it is open to. */
export interface WritableByOthers {
  readonly path: string
  /** Its permission bits. */
  readonly mode: number
  /** Whether it belongs to another user, who is not root. */
  readonly isForeign: boolean
}

const writeByOthers = 0o022

const look = async (path: string): Promise<ReadonlyArray<WritableByOthers>> => {
  const stat = await fs.stat(path).catch(() => undefined)
  if (stat === undefined) return []
  const mode = stat.mode & 0o7777
  const isForeign = stat.uid !== 0 && stat.uid !== process.getuid?.()
  if (isForeign || (mode & writeByOthers) !== 0) return [{ path, mode, isForeign }]
  return []
}

/** Those of some paths; what is not there is none. Windows has no such permissions. */
export const writableByOthers = (
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<WritableByOthers>> => {
  if (process.platform === "win32") return Effect.succeed([])
  return Effect.promise(async () =>
    (await Promise.all([...new Set(paths)].map((path) => look(path)))).flat()
  )
}
