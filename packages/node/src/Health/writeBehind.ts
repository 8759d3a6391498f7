/**
 * Writes the health files a little after what was recorded: at once where other processes have to
 * know, within seconds where every request says it again. A file that cannot be written is tried
 * again at longer and longer intervals.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import { HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import { lazyWriteMs } from "@clawdbot/domain/Health/writeDelay"
import { skewMs } from "@clawdbot/domain/Time/skew"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FileFailure } from "../File/FileFailure.ts"
import { type FolderLockTimes, standardTimes } from "../File/FolderLock.ts"
import type { AgentFiles } from "./AgentFiles.ts"
import type { AgentHealth } from "./AgentHealth.ts"

/** How long something recorded may be missing from the file. */
const flushAfter = Duration.millis(200)
/** A file that cannot be written is tried again after twice the time, up to this. */
const maxPauseMs = 30_000

/**
 * How long the end of a program waits for a file that another one has locked, in ms. It is longer
 * than a write takes, and nobody has to wait for what can be learned again.
 */
const lastWaitMs = 1_000

const unavailable = (failure: FileFailure): HealthUnavailable =>
  new HealthUnavailable({
    path: failure.path,
    operation: failure.operation === "list" ? "read" : failure.operation,
    code: failure.code
  })

const isDue = ({ dirtySince, document, retryAt, urgent }: AgentHealth, at: number): boolean =>
  at >= retryAt && (urgent || at - (dirtySince ?? at) >= lazyWriteMs(document.profiles.size))

/** Writes files for as long as the scope lives, and everything at its end. */
export const make = (files: AgentFiles) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const flushing = yield* Effect.makeSemaphore(1)

    const attempt = (
      health: AgentHealth,
      locked: Effect.Effect<void>,
      times: FolderLockTimes,
      report: (failure: FileFailure) => Effect.Effect<void>
    ): Effect.Effect<void, FileFailure> =>
      files.persist(health, locked, times).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            health.failures = 0
            health.retryAt = 0
            health.reported = false
          })
        ),
        Effect.tapError((failure) =>
          Effect.suspend(() => {
            const pause = Duration.toMillis(flushAfter) * 2 ** health.failures
            health.retryAt = clock.unsafeCurrentTimeMillis() + Math.min(pause, maxPauseMs)
            health.failures += 1
            if (health.reported) return Effect.void
            health.reported = true
            return report(failure)
          })
        )
      )

    /**
     * A refusal that nobody waits for is logged once, not with every try; the next success makes it
     * worth logging again.
     */
    const write = (
      health: AgentHealth,
      locked: Effect.Effect<void> = Effect.void,
      times = standardTimes
    ): Effect.Effect<void, FileFailure> =>
      attempt(health, locked, times, (failure) =>
        Effect.logWarning("the health file cannot be written; continuing from memory").pipe(
          Effect.annotateLogs({ agent: health.agent, error: failure.message })
        )
      )

    /** One agent's file that cannot be written does not keep another's from being written. */
    const flushWhere = (
      wanted: (health: AgentHealth) => boolean,
      save: (health: AgentHealth) => Effect.Effect<void, FileFailure>
    ): Effect.Effect<void, HealthUnavailable> =>
      Effect.suspend(() =>
        Effect.forEach(
          files.all().filter((health) => health.dirtySince !== undefined && wanted(health)),
          (health) => Effect.either(save(health)),
          { concurrency: "unbounded" }
        )
      ).pipe(
        flushing.withPermits(1),
        Effect.flatMap(Effect.all),
        Effect.asVoid,
        Effect.mapError(unavailable)
      )
    const all = () => true
    // Whoever asks for it is told of a refusal.
    const flush = flushWhere(all, (health) =>
      attempt(health, Effect.void, standardTimes, () => Effect.void)
    )
    const closing = flushWhere(all, (health) =>
      write(health, Effect.void, { ...standardTimes, maxWaitMs: lastWaitMs })
    )

    let latest = 0
    /**
     * After the clock was set back, nothing it noted before may stand in the way of what it notes
     * from now on.
     */
    const followClock = (at: number): void => {
      if (at + skewMs < latest) {
        for (const health of files.all()) {
          health.document = ClockJump.forgetFuture(health.document, at)
          health.retryAt = 0
          if (health.dirtySince !== undefined) health.dirtySince = at
          files.publish(health)
        }
        latest = at
      }
      latest = Math.max(latest, at)
    }

    yield* Effect.addFinalizer(() => Effect.ignore(closing))
    yield* BackgroundLoop.start(
      { task: "writing health files", every: flushAfter },
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        followClock(at)
        return Effect.ignore(
          flushWhere(
            (health) => isDue(health, at),
            (health) => write(health)
          )
        )
      })
    )
    return { flush, write } as const
  })
