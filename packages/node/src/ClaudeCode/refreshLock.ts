/**
 * Claude Code's own lock on refreshing (docs/provider.md): the
 * folder `.oauth_refresh.lock` in its config folder, taken for stale after 60 s, its heartbeat 5 s;
 * then the lock its older versions used, `<config folder>.lock`. Taken in Claude Code's order, so
 * that the two programs never wait for each other in a circle.
 */
import * as path from "node:path"
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Disk } from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { isFolder } from "../File/makeFolder.ts"

/**
 * Claude Code's parameters. The time we wait is ours: an orphaned lock is out of the way after
 * `staleMs`.
 */
export const times: FolderLock.FolderLockTimes = {
  staleMs: 60_000,
  heartbeatMs: 5_000,
  maxWaitMs: 90_000
}

/** A lock that is held. `stillMine` is asked right before a write. */
export interface RefreshLock {
  readonly stillMine: Effect.Effect<void, FileFailure>
}

const unavailable = ({ code, path: place }: FileFailure): SharedLoginUnavailable =>
  new SharedLoginUnavailable({
    operation: "lock",
    place,
    code: code === "ETIMEDOUT" ? "busy" : code
  })

/**
 * Holds both locks until the scope closes; undefined where there is no config folder, and so
 * nothing to lock.
 */
export const hold = (
  configDir: string,
  lockTimes: FolderLock.FolderLockTimes = times
): Effect.Effect<RefreshLock | undefined, SharedLoginUnavailable, Scope.Scope | Disk> =>
  Effect.gen(function* () {
    if (!(yield* isFolder(configDir))) return undefined
    const lock = yield* Effect.mapError(
      FolderLock.hold(path.join(configDir, ".oauth_refresh"), lockTimes),
      unavailable
    )
    // The old lock stands outside the folder, where a sandbox may forbid it; today's versions do
    // not depend on it.
    yield* FolderLock.hold(configDir, lockTimes).pipe(
      Effect.catchAll((failure) =>
        ["EACCES", "EPERM", "EROFS"].includes(failure.code) ? Effect.void : unavailable(failure)
      )
    )
    return lock
  })
