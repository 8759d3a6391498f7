/**
 * A disk that is soon full, for tests of what a full or read-only disk does. Needs the right to
 * mount.
 */
import { execFileSync } from "node:child_process"
import * as Effect from "effect/Effect"
import { temporaryFolder } from "../temporaryState.ts"

const mount = (...args: ReadonlyArray<string>): boolean => {
  try {
    execFileSync("mount", args, { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** What to say when a test is left out for it. */
export const needsMount = "needs the right to mount a small file system"

/**
 * A folder on a disk of its own of so many KiB, or undefined where nothing can be mounted.
 * Unmounted with the scope.
 */
export const smallDisk = (kibibytes: number) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const mounted = yield* Effect.acquireRelease(
      Effect.sync(() => mount("-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", folder)),
      (done) => Effect.sync(() => done && execFileSync("umount", [folder]))
    )
    if (!mounted) return undefined
    return {
      folder,
      /** Makes the whole disk read-only, for the system's administrator as well. */
      freeze: Effect.sync(() => mount("-o", "remount,ro", folder))
    }
  })
