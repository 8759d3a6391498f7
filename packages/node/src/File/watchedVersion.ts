/** The version of a file that is looked at several times a second, often before there is one. */
import * as Effect from "effect/Effect"
import { type FileStat, PosixFiles } from "./PosixFiles.ts"

/**
 * What `versionOf` says of a file, or `missing` where it is not there or cannot be looked at. Most
 * of what a gateway watches is never there, such as the stores of agents that use another's: that
 * is asked for in the cheapest way, which takes a tenth of what a look at the file takes.
 */
export const watchedVersion = (
  file: string,
  missing: string,
  versionOf: (stat: FileStat) => string
): Effect.Effect<string, never, PosixFiles> =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    if (!(yield* posix.existsNow(file))) return missing
    return yield* Effect.match(posix.stat(file), {
      onFailure: () => missing,
      onSuccess: versionOf
    })
  })
