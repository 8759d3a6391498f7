/** A command, composed: its tree, and the terminal and the process it runs in. */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "./CommandEffect.ts"
import type { CommandNode } from "./commandLine/definition.ts"
import * as Log from "./log.ts"
import { runCommand } from "./runCommand.ts"
import { runProcess } from "./runProcess.ts"
import { standardOutput } from "./start/standardOutput.ts"
import { fromProcess, IoStreams } from "./terminal/IoStreams.ts"

/**
 * Runs a command line of a tree and sets the exit status; the process ends by itself once
 * everything is written.
 */
export const mainOf =
  (root: CommandNode<CommandEffect>) =>
  (argv: ReadonlyArray<string>): void => {
    const io = fromProcess(argv.includes("--no-color"))
    runProcess((startsService) =>
      runCommand(root, argv, startsService).pipe(
        Effect.provideService(IoStreams, io),
        Log.withWarnings(io.spinner, standardOutput(fs, 2).write)
      )
    )
  }
