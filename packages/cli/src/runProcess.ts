/** The process a command runs in: its streams, signals and exit status. Runs the one effect. */

import * as fs from "node:fs"
import { constants } from "node:os"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { exit } from "./exit.ts"
import { onLostOutput } from "./start/lostOutput.ts"
import { releaseStandardInput } from "./terminal/standardInput.ts"

const { signals } = constants

/** How long a command that was stopped may take to write what it has to say, in ms. */
const lingerMs = 1_000

/**
 * Ends this process as a signal does. The first process of a container is spared by the signals
 * that it sends to itself: it exits with the status that a shell gives to the signal.
 */
const endBy = (signal: NodeJS.Signals): void => {
  if (process.pid === 1) process.exit(128 + signals[signal])
  process.kill(process.pid, signal)
}

/**
 * Runs a command's effect to its exit status. The effect says with `startsService` that it runs
 * until it is stopped, so that stopping it is no failure.
 */
export const runProcess = (program: (startsService: () => void) => Effect.Effect<number>): void => {
  let isLost = false
  onLostOutput(fs, () => {
    isLost = true
    process.exitCode = exit.failed
  })
  // The JSON5 library has remarks of its own about a config (a line separator in a text), which are
  // none for a person or a script.
  Object.assign(console, { warn: () => undefined })
  let isService = false
  const fiber = Effect.runFork(
    Effect.zipRight(
      keepInterruptions,
      program(() => {
        isService = true
      })
    )
  )
  let stoppedBy: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    stoppedBy = signal
    // A second signal of either kind ends it at once, as it ends any program.
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", interrupt)
    if (process.pid === 1) {
      process.once("SIGINT", endBy)
      process.once("SIGTERM", endBy)
    }
    process.exitCode = signal === "SIGTERM" && isService ? exit.done : exit.interrupted
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  process.once("SIGINT", interrupt)
  process.once("SIGTERM", interrupt)
  fiber.addObserver((result) => {
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", interrupt)
    if (Exit.isSuccess(result))
      process.exitCode = isLost && result.value === exit.done ? exit.failed : result.value
    else if (!Cause.isInterruptedOnly(result.cause)) process.exitCode = exit.failed
    // A file that the system does not finish reading (a pipe that nobody writes to, a network disk
    // that is gone) would keep the process for ever, and `process.exit` waits for it as well: the
    // signal's own effect ends it.
    if (stoppedBy !== undefined) {
      const signal = stoppedBy
      setTimeout(() => endBy(signal), lingerMs).unref()
    }
    releaseStandardInput()
  })
}
