/**
 * Why a file is no document, or cannot be written, although the system has no code for it. Such a
 * name stands where otherwise the system's code does (`EACCES`, `ENOSPC` …). Pure.
 */
import { shellWord } from "../Text/shellWord.ts"
import { folderOf } from "./folderOf.ts"

/** What each name means, as it is shown in brackets behind what could not be done. */
const meanings = {
  /** A device, a pipe or a socket: reading it could take for ever, or change something. */
  NOT_A_FILE: "it is not a regular file",
  /** Larger than any such document. */
  TOO_LARGE: "it is larger than allowed",
  /** What PowerShell 5 writes by default. */
  UTF16: "it is UTF-16 text; save it as UTF-8",
  NOT_UTF8: "it is not UTF-8 text",
  /** Mounted by itself in a folder that takes no file: there is no place for a safe copy. */
  MOUNTED_ALONE: "the file is mounted on its own, so no copy can be kept beside it",
  /** A shared store: the database is away, or refused a statement. */
  DATABASE: "the database cannot be used now",
  /** A shared store: its secrets are sealed under another key. */
  DATABASE_KEY: "it is sealed under another key than the given one",
  /** A shared store: somebody else wrote there. */
  DATABASE_ROW: "a row of the database is not what clawdbot writes",
  /** A shared store: two programs would refresh one login, which ends it. */
  OWNED_ELSEWHERE:
    "Claude Code refreshes its login itself, so a store that several machines share cannot hold it"
} as const

/** One of ours. */
export type FileProblem = keyof typeof meanings

const isFileProblem = (code: string): code is FileProblem => Object.hasOwn(meanings, code)

/** A code as a person reads it: ours in words, the system's as it is. */
export const inWords = (code: string): string => {
  if (isFileProblem(code)) return meanings[code]
  return code
}

/** What the system, or a check of ours, refused to do with which file. */
export interface Refused {
  readonly path: string
  readonly operation: "read" | "write" | "lock" | "list" | "watch"
  readonly code: string
}

/** What to do about a lock that another program holds for too long. */
export const lockCure = (lockPath: string): string =>
  `wait until the other program has finished; if none is running: rmdir ${shellWord(lockPath)}`

/**
 * Who may not do it. Files are written and locked beside what they replace: then the folder is what
 * refuses, and the file may not even exist.
 */
const permissionCure = ({ operation, path }: Refused): string => {
  if (operation !== "write" && operation !== "lock")
    return `check who owns ${path} and its permissions`
  return `check who owns the folder ${folderOf(path)}: this user cannot write there`
}

/** What to do about a file that cannot be used, for the line that says how to fix it. */
export const cure = (refused: Refused): string => {
  const { code, operation, path } = refused
  switch (code) {
    case "EISDIR":
    case "NOT_A_FILE":
      return `replace ${path} with a regular file, or remove it`
    case "TOO_LARGE":
      return `find out why ${path} is so large, and replace it with a good copy`
    case "UTF16":
    case "NOT_UTF8":
      return `save ${path} as UTF-8`
    case "MOUNTED_ALONE":
      return `mount the folder of ${path} instead of the file`
    case "DATABASE":
    case "DATABASE_KEY":
    case "DATABASE_ROW":
      return "clawdbot store status"
    case "OWNED_ELSEWHERE":
      return "give the store a login of its own: clawdbot models auth setup-token"
    case "EACCES":
    case "EPERM":
      return permissionCure(refused)
    case "EROFS":
      return `mount the file system of ${folderOf(path)} so that it can be written`
    case "EIO":
      return `check the disk that holds ${path}: it reports errors`
    case "ETIMEDOUT":
      if (operation === "lock") return lockCure(`${path}.lock`)
      return `check the disk that holds ${path}: it does not respond`
    case "ELOOP":
      return `replace the symbolic links that ${path} leads through: they lead back to themselves`
    case "ENOSPC":
      return "free some disk space and try again; the file is unchanged"
    case "EDQUOT":
      return "free some disk space of this user and try again; the file is unchanged"
    case "EMFILE":
    case "ENFILE":
      return "allow more open files (ulimit -n), then try again"
    case "ESTALE":
      return "try again: another program took the lock while this one was stopped"
    default:
      return `check that ${path} is there and can be used, then try again`
  }
}
