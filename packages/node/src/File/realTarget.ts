/**
 * Where a path really leads. A lock and a write must agree on it, or two programs would lock
 * different things.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { codeOf } from "./FileFailure.ts"

/** As many links as systems follow themselves. */
const mostLinks = 40

const unlessMissing = (cause: unknown): undefined => {
  if (codeOf(cause) === "ENOENT") return undefined
  throw cause
}

/**
 * The real path of a file. A symlink gives its target, and so does a dangling one: that is where
 * the system would create the file. What does not exist yet is named below the real path of its
 * folder. Rejects with the system's error.
 */
export const realTarget = async (file: string): Promise<string> => {
  let at = path.resolve(file)
  for (let links = 0; links < mostLinks; links++) {
    const existing = await fs.realpath(at).catch(unlessMissing)
    if (existing !== undefined) return existing
    const folder = (await fs.realpath(path.dirname(at)).catch(unlessMissing)) ?? path.dirname(at)
    const here = path.join(folder, path.basename(at))
    const link = await fs.readlink(here).catch(() => undefined)
    if (link === undefined) return here
    // Not joined: that would drop "x/.." even where x is a link, and lead elsewhere than the system
    // goes.
    at = path.isAbsolute(link) ? link : `${folder}${path.sep}${link}`
  }
  throw Object.assign(new Error("too many symbolic links"), { code: "ELOOP" })
}
