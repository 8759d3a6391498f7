/** A sign of life on standard error while a person waits. Nothing where that is no terminal. */
import { printable } from "@clawdbot/domain/Text/printable"
import * as Effect from "effect/Effect"

/** Waits that are shorter than this, in ms, show nothing. */
const quietMs = 300
const frameMs = 100
const frames = ["|", "/", "-", "\\"] as const

const toLineStart = "\r"
const clearLine = "\u001b[K"

/** Runs an effect, with a spinner and a few words beside it once it takes longer than a moment. */
export const withSpinner = <A, E, R>(
  words: string,
  waiting: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const { stderr } = process
  if (stderr.isTTY !== true || process.env.TERM === "dumb") return waiting
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      let shown = 0
      let timer = setTimeout(function show() {
        const frame = frames[shown % frames.length] ?? ""
        stderr.write(`${toLineStart}${frame} ${printable(words)}${clearLine}`)
        shown += 1
        timer = setTimeout(show, frameMs)
      }, quietMs)
      return () => {
        clearTimeout(timer)
        if (shown > 0) stderr.write(`${toLineStart}${clearLine}`)
      }
    }),
    () => waiting,
    (stop) => Effect.sync(stop)
  )
}
