/**
 * The code that V8 compiled for the bundled command. What was compiled when the command was bundled
 * serves the one version of Node that bundled it. Any other version compiles on a person's machine,
 * at its first start, and keeps the result below their folder for caches.
 */
import type * as Fs from "node:fs"
import type * as V8 from "node:v8"
import type { Script } from "node:vm"

/** What a file holds; undefined where it cannot be read. */
export const bytesOf = ({ readFileSync }: typeof Fs, file: string): Buffer | undefined => {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** A folder of this user's that nobody else can write to: what it holds is run as code. */
const isPrivate = ({ lstatSync }: typeof Fs, folder: string): boolean => {
  const { mode, uid } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/**
 * Where this user's compiled code is kept; undefined where a home is missing, belongs to somebody
 * else (`sudo`), or is on a system without owners of files.
 */
const folderOf = (fs: typeof Fs): string | undefined => {
  const home = process.env.HOME
  const base = process.env.XDG_CACHE_HOME || (home && `${home}/.cache`)
  if (!home?.startsWith("/") || !base?.startsWith("/")) return undefined
  if (fs.statSync(home).uid !== process.getuid?.()) return undefined
  return `${base}/clawdbot`
}

/** Kept code of one script on this machine. */
interface Kept {
  /** The code, where it was kept before. */
  readonly read: () => Buffer | undefined
  /** Keeps what a script has compiled by now. A folder that cannot be written is no failure. */
  readonly write: (script: Script) => void
}

/** The kept code of a script, which `name` tells from every other; for this very build of V8. */
export const kept = (fs: typeof Fs, { cachedDataVersionTag }: typeof V8, name: string): Kept => {
  const file = `${name}-${cachedDataVersionTag()}.cache`
  const quietly = <A>(attempt: (folder: string) => A): A | undefined => {
    try {
      const folder = folderOf(fs)
      return folder === undefined ? undefined : attempt(folder)
    } catch {
      return undefined
    }
  }
  return {
    read: () =>
      quietly((folder) =>
        isPrivate(fs, folder) ? fs.readFileSync(`${folder}/${file}`) : undefined
      ),
    write: (script) => {
      quietly((folder) => {
        fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
        if (!isPrivate(fs, folder)) return
        // Whole at once: another start may be reading. Code of earlier builds is of no use.
        const part = `${folder}/${file}.${process.pid}`
        fs.writeFileSync(part, script.createCachedData(), { mode: 0o600, flag: "wx" })
        fs.renameSync(part, `${folder}/${file}`)
        const build = name.replace(/\..*/, "")
        for (const old of fs.readdirSync(folder))
          if (/^command-\w+\.\w+-\d+\.cache$/.test(old) && !old.startsWith(`${build}.`))
            fs.rmSync(`${folder}/${old}`)
      })
    }
  }
}
