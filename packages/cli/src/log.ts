/** Warnings of effects, as a person at a terminal reads them. */
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { toTerminal } from "./terminal/lines.ts"

/** Warnings go to standard error, one line each; standard output is for results. */
export const warnings = Logger.replace(
  Logger.defaultLogger,
  Logger.make(({ annotations, logLevel, message }) => {
    if (LogLevel.lessThan(logLevel, LogLevel.Warning)) return
    const facts = [...annotations].map(([name, value]) => ` ${name}=${String(value)}`).join("")
    process.stderr.write(
      toTerminal(`clawdbot: ${logLevel.label.toLowerCase()}: ${String(message)}${facts}`)
    )
  })
)
