/**
 * Where a path really leads. A lock and a write must agree on it, or two programs would lock
 * different things.
 */
import * as path from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { hasCode, type Refusal, SystemRefusal } from "./FileFailure.ts"

/** As many links as systems follow themselves. */
const maxLinks = 40

const unlessMissing = <R>(
  effect: Effect.Effect<string, PlatformError, R>
): Effect.Effect<string | undefined, PlatformError, R> =>
  Effect.catchIf(effect, hasCode("ENOENT"), () => Effect.succeed(undefined))

/**
 * The real path of a file. A symlink gives its target, and so does a dangling one: that is where
 * the system would create the file. What does not exist yet is named below the real path of its
 * folder. Fails with the system's refusal.
 */
export const realTarget = (file: string): Effect.Effect<string, Refusal, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    let at = path.resolve(file)
    for (let links = 0; links < maxLinks; links++) {
      const existing = yield* unlessMissing(files.realPath(at))
      if (existing !== undefined) return existing
      const folder = (yield* unlessMissing(files.realPath(path.dirname(at)))) ?? path.dirname(at)
      const here = path.join(folder, path.basename(at))
      const link = yield* Effect.orElseSucceed(files.readLink(here), () => undefined)
      if (link === undefined) return here
      // Not joined: that would drop "x/.." even where x is a link, and lead elsewhere than the
      // system goes.
      at = path.isAbsolute(link) ? link : `${folder}${path.sep}${link}`
    }
    return yield* new SystemRefusal({ code: "ELOOP" })
  })
