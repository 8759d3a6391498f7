/**
 * `RefreshLease` for one machine (docs/formats.md): a socket's name, released by the
 * kernel. On Linux a name without a file (abstract), on Windows a named pipe, elsewhere
 * {@link "./epochSocket.ts"}.
 *
 * Its reach is one network namespace on Linux, and any local user can hold a name there: both only
 * cost time, never a token, because the lock of the store and the comparison of the token to be
 * redeemed stand behind it.
 */
import { createHash } from "node:crypto"
import * as path from "node:path"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import {
  type HeldRefreshLease,
  LeaseUnavailable,
  RefreshLease
} from "@clawdbot/domain/OAuth/RefreshLease"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Disk from "../File/Disk.ts"
import { codeOf, type Refusal } from "../File/FileFailure.ts"
import { makeFolder } from "../File/makeFolder.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import * as EpochSocket from "./epochSocket.ts"
import * as LeaseSocket from "./leaseSocket.ts"

/**
 * How long to wait for a living holder, in ms: a grant may take 30 s, and before it an orphaned
 * store lock 30 s and one that is in use 60 s.
 */
const standardMaxWaitMs = 120_000

/** How a system's lock is taken and waited for. */
interface Kind {
  readonly listen: Effect.Effect<LeaseSocket.HeldSocket | undefined, Refusal, FileSystem>
  readonly watch: (maxWaitMs: number) => Effect.Effect<LeaseSocket.Watched, never, FileSystem>
}

const prefix = "clawdbot-refresh-lease-1-"

/**
 * An abstract name of exactly 108 bytes, its leading NUL included. Shorter ones are not the same
 * name to every version of Node: some fill them up with NULs, some do not, and two processes would
 * each hold "the" lock.
 */
export const abstractName = (digest: string): string =>
  `\0${`${prefix}${digest}`.padEnd(107, "-").slice(0, 107)}`

const named = (name: string): Kind => ({
  listen: LeaseSocket.listen(name),
  watch: (maxWaitMs) => LeaseSocket.watch(name, maxWaitMs)
})

const kindOf = (platform: NodeJS.Platform, stateDir: string, digest: string): Kind => {
  if (platform === "linux") return named(abstractName(digest))
  if (platform === "win32") return named(`\\\\.\\pipe\\${prefix}${digest}`)
  const folder = path.join(stateDir, "run", "l", digest.slice(0, 16))
  return {
    listen: EpochSocket.listenIn(folder),
    watch: (maxWaitMs) => EpochSocket.watchIn(folder, maxWaitMs)
  }
}

/**
 * The state folder by what it is, not by what it is called: two paths to one folder are one lease.
 */
const identify = (
  stateDir: string,
  fingerprint: string
): Effect.Effect<readonly [string, string], Refusal, Disk.Disk> =>
  Effect.gen(function* () {
    yield* makeFolder(stateDir)
    const real = yield* (yield* FileSystem).realPath(stateDir)
    const { dev, ino } = yield* (yield* PosixFiles).stat(real)
    return [real, createHash("sha256").update(`${dev} ${ino} ${fingerprint}`).digest("hex")]
  })

const asUnavailable = Effect.mapError(
  (refusal: Refusal) => new LeaseUnavailable({ reason: "system", detail: codeOf(refusal) })
)

const make = (options: { readonly maxWaitMs: number; readonly platform: NodeJS.Platform }) =>
  Effect.gen(function* () {
    const { stateDir } = yield* StatePaths
    const onDisk = yield* Disk.provider
    /** Tries, and waits in between where `restore` allows an interruption. */
    const acquire = (
      kind: Kind,
      restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    ): Effect.Effect<LeaseSocket.HeldSocket, LeaseUnavailable, Disk.Disk> =>
      Effect.gen(function* () {
        const begun = performance.now()
        for (;;) {
          const held = yield* asUnavailable(kind.listen)
          if (held !== undefined) return held
          const left = begun + options.maxWaitMs - performance.now()
          if (left <= 0) {
            return yield* new LeaseUnavailable({
              reason: "busy",
              detail: `waited ${Math.round(options.maxWaitMs / 1000)} s`
            })
          }
          yield* restore(kind.watch(Math.max(1, left)))
          // All waiters see the holder go at once; they need not all come at once.
          const pause = yield* Random.nextRange(0, 10)
          yield* restore(Effect.promise((signal) => sleep(pause, signal)))
        }
      })

    return RefreshLease.of({
      withLease: (fingerprint, use) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const [real, digest] = yield* onDisk(asUnavailable(identify(stateDir, fingerprint)))
            const held = yield* onDisk(acquire(kindOf(options.platform, real, digest), restore))
            return yield* restore(use(always)).pipe(Effect.ensuring(held.release))
          })
        )
    })
  })

/** The system releases the lease when its holder ends, and not before. */
const always: HeldRefreshLease = { mayAsk: () => true }

/** Real time: a lease is about other processes, whose clock no test can set. */
const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener("abort", () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** The leases of a state folder on this machine. */
export const standard = make({ maxWaitMs: standardMaxWaitMs, platform: process.platform })

/** The layer of {@link standard}. */
export const layer: Layer.Layer<RefreshLease, never, StatePaths | Disk.Disk> = Layer.effect(
  RefreshLease,
  standard
)

/** The same with another longest wait, or as on another system; for tests. */
export const layerWith = (options: {
  readonly maxWaitMs?: number
  readonly platform?: NodeJS.Platform
}): Layer.Layer<RefreshLease, never, StatePaths | Disk.Disk> =>
  Layer.effect(
    RefreshLease,
    make({
      maxWaitMs: options.maxWaitMs ?? standardMaxWaitMs,
      platform: options.platform ?? process.platform
    })
  )
