/** What `doctor` says about who may read and write the files. Pure. */
import * as FileProblem from "../Document/fileProblem.ts"
import { shorten } from "../Environment/StatePaths.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { Facts, UnwritableFolder } from "./DoctorFacts.ts"
import { type Finding, finding } from "./Finding.ts"

const octal = (mode: number): string => mode.toString(8).padStart(3, "0")

/** Why it matters who may read them. */
export const secretsInside = "keys and tokens are stored there"

/** Files and folders that others may read. Only their owner can change that. */
export const ofPermissions = (facts: Facts): ReadonlyArray<Finding> =>
  facts.openPaths.map(({ foreignOwner, mode, path, wanted }) => {
    const what = `${shorten(facts.paths, path)} is open to other users of this machine`
    const command = `chmod ${octal(wanted)} ${shellWord(path)}`
    if (foreignOwner === undefined)
      return finding(
        "open-permissions",
        "warning",
        `${what} (mode ${octal(mode)})`,
        secretsInside,
        command,
        { repair: { _tag: "SetMode", path, mode: wanted } }
      )
    return finding(
      "open-permissions",
      "warning",
      `${what} (mode ${octal(mode)}, owner ${foreignOwner})`,
      secretsInside,
      `as ${foreignOwner}: ${command}`
    )
  })

const cureOf = ({ code, path }: UnwritableFolder): string => {
  if (code !== "EACCES" && code !== "EPERM")
    return FileProblem.cure({ code, operation: "write", path: `${path}/` })
  return `sudo chown -R "$(id -un)" ${shellWord(path)}`
}

/** Folders that nothing can be stored in. */
export const ofUnwritable = (facts: Facts): ReadonlyArray<Finding> =>
  facts.unwritable.map((folder) =>
    finding(
      "folder-unwritable",
      "problem",
      `${shorten(facts.paths, folder.path)} cannot be written by this user ` +
        `(owner ${folder.owner}, ${folder.code})`,
      "no credential and no setting can be stored, no login refreshed, and cooldowns are forgotten",
      cureOf(folder),
      { alternatives: ["set CLAWDBOT_STATE_DIR to a folder of this user"] }
    )
  )
