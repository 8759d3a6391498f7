/** A sign of life on standard error while a person waits. Nothing where that is no terminal. */
import { printable } from "@clawdbot/domain/Text/printable"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"

/** Waits that are shorter than this, in ms, show nothing. */
const quietMs = 300
const frameMs = 100
const frames = ["|", "/", "-", "\\"] as const

const toLineStart = "\r"
const clearLine = "\u001b[K"

/** What turns on a row of the terminal. */
export interface Spinner {
  /** Runs an effect, and shows these words beside it once it takes longer than a moment. */
  readonly during: <A, E, R>(
    words: string,
    waiting: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** Frees the row for a line to be written there; what turns comes back below it. */
  readonly hide: () => void
}

/** The spinner where nobody watches. */
export const noSpinner: Spinner = {
  during: (_words, waiting) => waiting,
  hide: () => undefined
}

/** A spinner of a terminal, which is written to by `write`. */
export const makeSpinner = (write: (text: string) => void): Spinner => {
  // A wait within another one changes the words of what turns already.
  const waits: Array<string> = []
  let turns = 0
  let isShown = false
  const hide = () => {
    if (isShown) write(`${toLineStart}${clearLine}`)
    isShown = false
  }
  const show = Effect.sync(() => {
    const frame = frames[turns % frames.length] ?? ""
    write(`${toLineStart}${frame} ${printable(waits.at(-1) ?? "")}${clearLine}`)
    isShown = true
    turns += 1
  })
  const turning = show.pipe(
    Effect.repeat(Schedule.spaced(frameMs)),
    Effect.delay(quietMs),
    Effect.ensuring(Effect.sync(hide)),
    // It is forked where a wait begins, which nothing interrupts.
    Effect.interruptible
  )
  const begin = (words: string) =>
    Effect.suspend(() => {
      waits.push(words)
      if (waits.length > 1) return Effect.succeed(Effect.void)
      return Effect.map(Effect.forkDaemon(turning), (fiber) => Fiber.interrupt(fiber))
    })
  return {
    during: (words, waiting) =>
      Effect.acquireUseRelease(
        begin(words),
        () => waiting,
        (stop) =>
          Effect.zipRight(
            Effect.sync(() => waits.pop()),
            stop
          )
      ),
    hide
  }
}
