/**
 * The reference program's lock on a file: a folder `<file>.lock` whose mtime its holder keeps
 * moving (docs/formats.md), so that both programs can run side by side. Two things differ: a lock
 * is stale only when its mtime has not *changed* for 30 s of the waiter's own monotonic time, so
 * that neither a date in the future nor a clock that jumps matters; and ownership is asked once
 * more right before a write.
 */
import * as path from "node:path"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { Disk } from "./Disk.ts"
import { asFailure, FileFailure, hasCode, type Refusal } from "./FileFailure.ts"
import { makeFolder } from "./makeFolder.ts"
import { orMountedAlone } from "./mounts.ts"
import { type FileStat, PosixFiles } from "./PosixFiles.ts"
import { realTarget } from "./realTarget.ts"

/** Times of the protocol, in ms. */
export interface FolderLockTimes {
  /** A lock that did not move for this long has lost its holder. The reference uses the same. */
  readonly staleMs: number
  readonly heartbeatMs: number
  /** How long to wait for a living holder in all. */
  readonly maxWaitMs: number
}

/** Nobody waits longer than this for a lock, in ms, without being told what for. */
const silentWaitMs = 2_000

/** The reference's times, with a longer wait. */
export const standardTimes: FolderLockTimes = {
  staleMs: 30_000,
  heartbeatMs: 5_000,
  maxWaitMs: 60_000
}

/** A lock that is held. */
export interface HeldLock {
  readonly lockPath: string
  /** Real path of what is locked. */
  readonly target: string
  /**
   * Fails when somebody else took the lock meanwhile (this process was stopped for too long); ask
   * right before a write.
   */
  readonly stillMine: Effect.Effect<void, FileFailure>
}

const suffix = ".lock"

/** The lock folder of a file: beside its real target, as the reference has it. */
const lockPathOf = (file: string): Effect.Effect<string, Refusal, FileSystem> =>
  Effect.zipRight(
    makeFolder(path.dirname(file)),
    Effect.map(realTarget(file), (target) => `${target}${suffix}`)
  )

type Acquisition =
  | { readonly _tag: "Mine"; readonly stat: FileStat }
  /** `isDead`: it is a link to nothing, which nobody can hold: locks are made as folders. */
  | { readonly _tag: "Held"; readonly stat: FileStat | undefined; readonly isDead: boolean }

const ifThere = <A>(effect: Effect.Effect<A, Refusal>): Effect.Effect<A | undefined> =>
  Effect.orElseSucceed(effect, () => undefined)

/** What is at a lock's place; of a link that leads nowhere, or round in a circle, the link. */
const look = (lockPath: string) =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    const stat = yield* ifThere(posix.stat(lockPath))
    if (stat !== undefined) return { stat, isDead: false }
    const link = yield* ifThere(posix.lstat(lockPath))
    return { stat: link, isDead: link?.isSymbolicLink() === true }
  })

const tryAcquire = (lockPath: string): Effect.Effect<Acquisition, Refusal, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const posix = yield* PosixFiles
    const isMade = yield* files.makeDirectory(lockPath, { mode: 0o700 }).pipe(
      Effect.as(true),
      Effect.catchIf(hasCode("EEXIST"), () => Effect.succeed(false))
    )
    if (!isMade) return { _tag: "Held", ...(yield* look(lockPath)) }
    const stat = yield* posix.stat(lockPath).pipe(
      Effect.catchIf(hasCode("ENOENT"), () => Effect.succeed(undefined)),
      // A lock that its own maker cannot look at would be waited for as a stranger's.
      Effect.tapError(() => Effect.ignore(posix.removeEmptyFolder(lockPath)))
    )
    // Gone at once: a waiter that was about to remove a dead holder's folder moved this one. It
    // puts it back; the next look shows it.
    if (stat === undefined) return { _tag: "Held", stat, isDead: false }
    return { _tag: "Mine", stat }
  })

/** What tells one heartbeat of a holder from the next. */
const heartbeatOf = (stat: FileStat): string => `${stat.ino} ${stat.mtimeNs}`

/**
 * Takes a dead holder's lock away. Renaming it first makes sure that of many waiters only one
 * removes it, and that nobody removes a lock that was taken anew meanwhile: if what was renamed is
 * not what was seen to be stale, it is put back.
 */
const removeStale = (
  lockPath: string,
  seen: string,
  tag: string
): Effect.Effect<void, never, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const aside = `${lockPath}.stale-${process.pid}-${tag}`
    yield* files.rename(lockPath, aside)
    const { stat: moved } = yield* look(aside)
    if (moved !== undefined && heartbeatOf(moved) === seen)
      yield* files.remove(aside, { recursive: true, force: true })
    else yield* files.rename(aside, lockPath)
    // On a refusal somebody else was faster; the next look shows it.
  }).pipe(Effect.ignore, Effect.uninterruptible)

/** Holds the lock of a file until the scope closes. Interruptible while it waits. */
export const hold = (
  file: string,
  times: FolderLockTimes = standardTimes
): Effect.Effect<HeldLock, FileFailure, Scope.Scope | Disk> =>
  Effect.gen(function* () {
    yield* keepInterruptions
    const lockPath = yield* lockPathOf(file).pipe(
      asFailure(file, "lock"),
      Effect.catchAll(orMountedAlone)
    )
    const begun = performance.now()
    let watched = { heartbeat: "", since: begun }
    let isTold = false
    for (let round = 0; ; round++) {
      const now = performance.now()
      const mine = yield* acquire(file, lockPath, times)
      if (mine._tag === "Mine") return mine.lock
      const current = mine.stat === undefined ? "" : heartbeatOf(mine.stat)
      const isNew = current !== watched.heartbeat
      if (isNew) watched = { heartbeat: current, since: now }
      if (mine.isDead || (!isNew && current !== "" && now - watched.since >= times.staleMs)) {
        yield* removeStale(lockPath, current, String(round))
        continue
      }
      if (now - begun >= times.maxWaitMs)
        return yield* new FileFailure({
          // The real one: a lock to be removed by hand is beside it.
          path: lockPath.slice(0, -suffix.length),
          operation: "lock",
          code: "ETIMEDOUT"
        })
      if (!isTold && now - begun >= silentWaitMs) {
        isTold = true
        yield* Effect.logWarning(
          `waiting for another program, which holds ${lockPath} ` +
            `(for up to ${Math.round(times.maxWaitMs / 1_000)} s)`
        )
      }
      // Jittered, so that waiters do not come back as one.
      yield* Effect.sleep(
        Math.round(
          (yield* Random.nextRange(0.5, 1)) *
            Math.min(10 * 2 ** Math.min(round, 5), times.heartbeatMs / 4)
        )
      )
    }
  })

type Acquired =
  | { readonly _tag: "Mine"; readonly lock: HeldLock }
  | Extract<Acquisition, { readonly _tag: "Held" }>

/** One try. What is taken is given back with the scope, whatever interrupts. */
const acquire = (
  file: string,
  lockPath: string,
  times: FolderLockTimes
): Effect.Effect<Acquired, FileFailure, Scope.Scope | Disk> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const files = yield* FileSystem
      const posix = yield* PosixFiles
      const result = yield* tryAcquire(lockPath).pipe(
        asFailure(file, "lock"),
        Effect.catchAll(orMountedAlone)
      )
      if (result._tag === "Held") return result
      const { ino } = result.stat
      // A look between touching the folder and reading its new mtime would see a stranger's: one at
      // a time.
      const oneAtATime = yield* Effect.makeSemaphore(1)
      let last: string | undefined = heartbeatOf(result.stat)
      const isMine = Effect.map(
        ifThere(posix.stat(lockPath)),
        (stat) => last !== undefined && stat !== undefined && heartbeatOf(stat) === last
      )
      const heartbeat = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (yield* isMine) yield* Effect.ignore(files.utimes(lockPath, now / 1000, now / 1000))
        else last = undefined
        const stat = yield* ifThere(posix.stat(lockPath))
        last = last !== undefined && stat?.ino === ino ? heartbeatOf(stat) : undefined
      }).pipe(oneAtATime.withPermits(1))
      yield* Effect.addFinalizer(() =>
        Effect.whenEffect(Effect.ignore(posix.removeEmptyFolder(lockPath)), isMine).pipe(
          oneAtATime.withPermits(1)
        )
      )
      // A heartbeat that has begun is waited for: touched after the release, the folder would be
      // the next holder's.
      yield* BackgroundLoop.start(
        { task: `holding ${lockPath}`, every: times.heartbeatMs },
        Effect.uninterruptible(heartbeat)
      )
      const lock: HeldLock = {
        lockPath,
        target: lockPath.slice(0, -suffix.length),
        stillMine: isMine.pipe(
          oneAtATime.withPermits(1),
          Effect.filterOrFail(
            (mine) => mine,
            () => new FileFailure({ path: file, operation: "lock", code: "ESTALE" })
          ),
          Effect.asVoid
        )
      }
      return { _tag: "Mine", lock }
    })
  )
