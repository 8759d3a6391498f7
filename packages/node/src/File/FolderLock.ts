/**
 * The reference program's lock on a file: a folder `<file>.lock` whose mtime its holder keeps
 * moving (docs/formats.md), so that both programs can run side by side. Two things differ: a lock
 * is stale only when its mtime has not *changed* for 30 s of the waiter's own monotonic time, so
 * that neither a date in the future nor a clock that jumps matters; and ownership is asked once
 * more right before a write.
 */
import type { Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { codeOf, FileFailure } from "./FileFailure.ts"
import { makeFolder } from "./makeFolder.ts"
import { orMountedAlone } from "./mounts.ts"
import { realTarget } from "./realTarget.ts"

/** Times of the protocol, in ms. */
export interface FolderLockTimes {
  /** A lock that did not move for this long has lost its holder. The reference uses the same. */
  readonly staleMs: number
  readonly heartbeatMs: number
  /** How long to wait for a living holder in all. */
  readonly patienceMs: number
}

/** The reference's times, with a longer wait. */
export const standardTimes: FolderLockTimes = {
  staleMs: 30_000,
  heartbeatMs: 5_000,
  patienceMs: 60_000
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

const attempt = <A>(file: string, run: () => Promise<A>): Effect.Effect<A, FileFailure> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new FileFailure({ path: file, operation: "lock", code: codeOf(cause) })
  })

const suffix = ".lock"

/** The lock folder of a file: beside its real target, as the reference has it. */
const lockPathOf = async (file: string): Promise<string> => {
  await makeFolder(path.dirname(file))
  return `${await realTarget(file)}${suffix}`
}

type Grab =
  | { readonly _tag: "Mine"; readonly stat: Stats }
  /** `isDead`: it is a link to nothing, which nobody can hold: locks are made as folders. */
  | { readonly _tag: "Held"; readonly stat: Stats | undefined; readonly isDead: boolean }

/** What is at a lock's place; of a link that leads nowhere, or round in a circle, the link. */
const look = async (
  lockPath: string
): Promise<{ readonly stat: Stats | undefined; readonly isDead: boolean }> => {
  const stat = await fs.stat(lockPath).catch(() => undefined)
  if (stat !== undefined) return { stat, isDead: false }
  const link = await fs.lstat(lockPath).catch(() => undefined)
  return { stat: link, isDead: link?.isSymbolicLink() === true }
}

const grab = async (lockPath: string): Promise<Grab> => {
  try {
    await fs.mkdir(lockPath, { mode: 0o700 })
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause
    return { _tag: "Held", ...(await look(lockPath)) }
  }
  const stat = await fs.stat(lockPath).catch(() => undefined)
  // Gone at once: a waiter that was about to remove a dead holder's folder moved this one. It puts
  // it back; the next look tells.
  if (stat === undefined) return { _tag: "Held", stat, isDead: false }
  return { _tag: "Mine", stat }
}

/** What tells one holder's sign of life from the next. */
const sign = (stat: Stats): string => `${stat.ino} ${stat.mtimeMs}`

/**
 * Takes a dead holder's lock away. Renaming it first makes sure that of many waiters only one
 * removes it, and that nobody removes a lock that was taken anew meanwhile: if what was renamed is
 * not what was seen to be stale, it is put back.
 */
const removeStale = async (lockPath: string, seen: string, tag: string): Promise<void> => {
  const aside = `${lockPath}.stale-${process.pid}-${tag}`
  try {
    await fs.rename(lockPath, aside)
    const { stat: moved } = await look(aside)
    if (moved !== undefined && sign(moved) === seen)
      await fs.rm(aside, { recursive: true, force: true })
    else await fs.rename(aside, lockPath)
  } catch {
    // Somebody else was faster; the next look tells.
  }
}

/** Holds the lock of a file until the scope closes. Interruptible while it waits. */
export const hold = (
  file: string,
  times: FolderLockTimes = standardTimes
): Effect.Effect<HeldLock, FileFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const lockPath = yield* Effect.catchAll(
      attempt(file, () => lockPathOf(file)),
      orMountedAlone
    )
    const begun = performance.now()
    let watched = { sign: "", since: begun }
    for (let round = 0; ; round++) {
      const now = performance.now()
      const mine = yield* acquire(file, lockPath, times)
      if (mine._tag === "Mine") return mine.lock
      const current = mine.stat === undefined ? "" : sign(mine.stat)
      const isNew = current !== watched.sign
      if (isNew) watched = { sign: current, since: now }
      if (mine.isDead || (!isNew && current !== "" && now - watched.since >= times.staleMs)) {
        yield* Effect.promise(() => removeStale(lockPath, current, String(round)))
        continue
      }
      if (now - begun >= times.patienceMs)
        return yield* new FileFailure({ path: file, operation: "lock", code: "ETIMEDOUT" })
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
  | Extract<Grab, { readonly _tag: "Held" }>

/** One try. What is taken is given back with the scope, whatever interrupts. */
const acquire = (
  file: string,
  lockPath: string,
  times: FolderLockTimes
): Effect.Effect<Acquired, FileFailure, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const result = yield* Effect.catchAll(
        attempt(file, () => grab(lockPath)),
        orMountedAlone
      )
      if (result._tag === "Held") return result
      const { ino } = result.stat
      // A look between touching the folder and reading its new mtime would see a stranger's: one at
      // a time.
      const oneAtATime = yield* Effect.makeSemaphore(1)
      let last: string | undefined = sign(result.stat)
      const isMine = async (): Promise<boolean> => {
        const stat = await fs.stat(lockPath).catch(() => undefined)
        return last !== undefined && stat !== undefined && sign(stat) === last
      }
      const beat = Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.promise(async () => {
          if (await isMine())
            await fs.utimes(lockPath, now / 1000, now / 1000).catch(() => undefined)
          else last = undefined
          const stat = await fs.stat(lockPath).catch(() => undefined)
          last = last !== undefined && stat?.ino === ino ? sign(stat) : undefined
        })
      ).pipe(oneAtATime.withPermits(1))
      yield* Effect.addFinalizer(() =>
        Effect.promise(async () => {
          if (await isMine()) await fs.rmdir(lockPath).catch(() => undefined)
        }).pipe(oneAtATime.withPermits(1))
      )
      // A beat that has begun is waited for: touched after the release, the folder would be the
      // next holder's.
      yield* BackgroundLoop.start(
        { task: `holding ${lockPath}`, schedule: Schedule.spaced(times.heartbeatMs) },
        Effect.uninterruptible(beat)
      )
      const lock: HeldLock = {
        lockPath,
        target: lockPath.slice(0, -suffix.length),
        stillMine: Effect.promise(isMine).pipe(
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
