/**
 * Work that goes on for as long as a program runs: watchers, keepers, timers. One run that fails
 * must not end them in silence, whatever it failed with: it is logged, and the next run takes
 * place. Everything that is forked in the background goes through here; a test walks the sources
 * for forks that do not.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { keepInterruptions } from "./keepInterruptions.ts"

/** The same failure, met again and again, is logged no more often than this, in ms. */
const logEveryMs = 60_000

/** A run that failed is not tried again sooner than this after several failures in a row, in ms. */
const maxPauseMs = 2_000
const firstPauseMs = 125

/**
 * What a failure says in one line. A `SyntaxError` quotes the text that was read, and with it
 * whatever secret stands there: it is named only.
 */
const describe = (cause: Cause.Cause<unknown>): string => {
  const failure = Cause.squash(cause)
  if (!(failure instanceof Error)) return String(failure)
  if (failure instanceof SyntaxError) return failure.name
  return `${failure.name}: ${failure.message}`
}

/** Of so many tasks it is remembered what was logged last. */
const maxTasks = 256

interface Logged {
  readonly error: string
  readonly at: number
}

/** Logs the failures of tasks by name, each of them again only after a minute. */
const makeLog = () => {
  const logged = new Map<string, Logged>()
  return {
    failed: (task: string, cause: Cause.Cause<unknown>): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const error = describe(cause)
        const last = logged.get(task)
        if (last?.error === error && at - last.at < logEveryMs) return Effect.void
        logged.delete(task)
        for (const oldest of logged.keys()) {
          if (logged.size < maxTasks) break
          logged.delete(oldest)
        }
        logged.set(task, { error, at })
        return Effect.annotateLogs(
          Effect.logWarning("a background task failed; it will be retried"),
          { task, error }
        )
      }),
    succeeded: (task: string): void => void logged.delete(task)
  }
}

/**
 * Makes work never fail: an error, a defect or an interruption from within is logged with the name
 * of the task. Only the interruption of the fiber that runs it ends it.
 */
export type Survive = <A, E, R>(
  task: string,
  work: Effect.Effect<A, E, R>
) => Effect.Effect<void, never, R>

/**
 * For the parts of a loop that must not keep each other from running: one for each loop, because it
 * remembers what was logged.
 */
export const makeSurvive = (): Survive => {
  const log = makeLog()
  return (task, work) =>
    Effect.matchCauseEffect(work, {
      onFailure: (cause) => log.failed(task, cause),
      onSuccess: () => Effect.sync(() => log.succeeded(task))
    })
}

interface Task {
  /** What the task is called in the log, such as "watching the config". */
  readonly task: string
  /** Whether the first run takes place at once rather than when the schedule says so first. */
  readonly startsAtOnce?: boolean | undefined
}

/**
 * How a task is repeated: so long after each run, or by a schedule. Most tasks wait the same time,
 * and some run five times a second: for those, working out a schedule took more than the task.
 */
export type BackgroundLoopOptions<R> =
  | (Task & { readonly every: Duration.DurationInput })
  | (Task & { readonly schedule: Schedule.Schedule<unknown, unknown, R> })

/** The same as by a schedule of that distance. */
const everyAfter = <E, R>(
  run: Effect.Effect<void, E, R>,
  every: Duration.DurationInput,
  startsAtOnce: boolean
): Effect.Effect<void, E, R> => {
  const waitAndRun = Effect.zipRight(Effect.sleep(Duration.decode(every)), run)
  const further: Effect.Effect<void, E, R> = Effect.flatMap(waitAndRun, () => further)
  return startsAtOnce ? Effect.zipRight(run, further) : further
}

const repeat = <E, R, R2>(
  run: Effect.Effect<void, E, R>,
  options: BackgroundLoopOptions<R2>
): Effect.Effect<unknown, E, R | R2> => {
  const { startsAtOnce = false } = options
  if ("every" in options) return everyAfter(run, options.every, startsAtOnce)
  if (startsAtOnce) return Effect.repeat(run, options.schedule)
  return Effect.schedule(run, options.schedule)
}

/**
 * Repeats work in a fiber of its own until the scope closes. A run that fails is logged (again
 * after a minute where the failure stays the same) and followed by the next one, which comes up to
 * two seconds later than scheduled while failures go on. Work that does not end by itself, such as
 * reading a stream, is started again when it fails.
 */
export const start = <A, E, R, R2 = never>(
  options: BackgroundLoopOptions<R2>,
  work: Effect.Effect<A, E, R>
): Effect.Effect<void, never, R | R2 | Scope.Scope> =>
  Effect.suspend(() => {
    const log = makeLog()
    const { task } = options
    let failures = 0
    const run = Effect.matchCauseEffect(work, {
      onFailure: (cause) => {
        const pause = Math.min(firstPauseMs * 2 ** Math.min(failures, 10), maxPauseMs)
        failures += 1
        return Effect.zipRight(log.failed(task, cause), Effect.sleep(Duration.millis(pause)))
      },
      onSuccess: () =>
        Effect.sync(() => {
          failures = 0
          log.succeeded(task)
        })
    })
    const repeated = repeat(run, options)
    // Wherever it is started, such as while something is acquired, its scope can end it.
    return Effect.asVoid(
      Effect.forkScoped(Effect.interruptible(Effect.zipRight(keepInterruptions, repeated)))
    )
  })
