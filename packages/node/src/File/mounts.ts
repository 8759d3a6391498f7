/** Files that are mounted by themselves, as containers are given single files. */
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { FileFailure } from "./FileFailure.ts"
import { realTarget } from "./realTarget.ts"

/** How the kernel writes blanks and backslashes of a path there. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8))
  )

/** Whether a path is a mount of its own. Only Linux tells. */
const isMount = (file: string): Effect.Effect<boolean, never, FileSystem> =>
  Effect.gen(function* () {
    const target = yield* realTarget(file)
    const mounts = yield* (yield* FileSystem).readFileString("/proc/self/mountinfo")
    return mounts.split("\n").some((line) => unescape(line.split(" ")[4] ?? "") === target)
  }).pipe(Effect.orElseSucceed(() => false))

const refusals: ReadonlyArray<string> = ["EACCES", "EPERM", "EROFS"]

/**
 * A failure to put something beside a file, which says so where the reason is that the file alone
 * is mounted: then no permission of the file cures it, but its folder has to be mounted.
 */
export const orMountedAlone = (
  failure: FileFailure
): Effect.Effect<never, FileFailure, FileSystem> => {
  const { code, operation, path } = failure
  if (!refusals.includes(code)) return Effect.fail(failure)
  return Effect.flatMap(isMount(path), (mounted) =>
    mounted ? new FileFailure({ path, operation, code: "MOUNTED_ALONE" }) : failure
  )
}
