import * as path from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { codeOf, hasCode } from "./FileFailure.ts"

/** Whether there is a folder at a path, or a link to one. What cannot be looked at is none. */
export const isFolder = (at: string): Effect.Effect<boolean, never, FileSystem> =>
  Effect.flatMap(FileSystem, (files) =>
    Effect.match(files.stat(at), {
      onFailure: () => false,
      onSuccess: ({ type }) => type === "Directory"
    })
  )

/** A link to nowhere, or round in a circle, is something that is there, and no folder. */
const isNowhere = hasCode("ENOENT", "ENOTDIR", "ELOOP")

/**
 * How often one folder is tried: others may be making, or taking away, those above it at the same
 * time.
 */
const tries = 10

/**
 * Makes a folder and those above it that are missing, with `mode` (narrowed by the umask); one that
 * is there is left as it is. `recursive` of `makeDirectory` does the same, but never comes back
 * where the system says that the folder to make it in is missing although it is there, as below
 * `/proc`. Fails with the system's refusal.
 */
export const makeFolder = (
  folder: string,
  mode = 0o700
): Effect.Effect<void, PlatformError, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    for (let left = tries; ; left -= 1) {
      const made = yield* Effect.either(files.makeDirectory(folder, { mode }))
      if (Either.isRight(made)) return
      const refusal = made.left
      // Systems that refuse to write may say so before they look whether it is there.
      if (codeOf(refusal) !== "ENOENT") {
        const found = yield* Effect.either(files.stat(folder))
        if (Either.isRight(found) && found.right.type === "Directory") return
        // A disk that does not even say what is there is the reason, not what may be there.
        if (Either.isLeft(found) && !isNowhere(found.left)) return yield* found.left
        return yield* refusal
      }
      const parent = path.dirname(folder)
      if (left <= 1 || parent === folder) return yield* refusal
      if (!(yield* isFolder(parent))) yield* makeFolder(parent, mode)
    }
  })
