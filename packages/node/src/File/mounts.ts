/** Files that are mounted by themselves, as containers are given single files. */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { FileFailure } from "./FileFailure.ts"
import { realTarget } from "./realTarget.ts"

/** How the kernel writes blanks and backslashes of a path there. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8))
  )

/** Whether a path is a mount of its own. Only Linux tells. */
const isMount = async (file: string): Promise<boolean> => {
  try {
    const target = await realTarget(file)
    const mounts = await fs.readFile("/proc/self/mountinfo", "utf8")
    return mounts.split("\n").some((line) => unescape(line.split(" ")[4] ?? "") === target)
  } catch {
    return false
  }
}

const refusals: ReadonlyArray<string> = ["EACCES", "EPERM", "EROFS"]

/**
 * A failure to put something beside a file, which says so where the reason is that the file alone
 * is mounted: then no permission of the file cures it, but its folder has to be mounted.
 */
export const orMountedAlone = (failure: FileFailure): Effect.Effect<never, FileFailure> => {
  if (refusals.includes(failure.code))
    return Effect.flatMap(
      Effect.promise(() => isMount(failure.path)),
      (mounted) =>
        Effect.fail(
          mounted ? new FileFailure({ ...fields(failure), code: "MOUNTED_ALONE" }) : failure
        )
    )
  return Effect.fail(failure)
}

const fields = ({ operation, path: file }: FileFailure) => ({ path: file, operation })
