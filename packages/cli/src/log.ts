/** Warnings of effects, as a person at a terminal reads them. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { toTerminal } from "./terminal/lines.ts"
import type { Spinner } from "./terminal/spinner.ts"

const toLines = ({ hide }: Spinner, write: (text: string) => void) =>
  Logger.make(({ annotations, logLevel, message }) => {
    if (LogLevel.lessThan(logLevel, LogLevel.Warning)) return
    const facts = [...annotations].map(([name, value]) => ` ${name}=${String(value)}`).join("")
    hide()
    write(toTerminal(`clawdbot: ${logLevel.label.toLowerCase()}: ${String(message)}${facts}`))
  })

/**
 * Warnings of an effect go to standard error, one line each; standard output is for results. Sets
 * the fiber's loggers itself: the layer of `Logger.replace` takes a start ten times the steps.
 */
export const withWarnings = (spinner: Spinner, write: (text: string) => void) =>
  Effect.locallyWith(FiberRef.currentLoggers, (loggers) =>
    loggers.pipe(HashSet.remove(Logger.defaultLogger), HashSet.add(toLines(spinner, write)))
  )
