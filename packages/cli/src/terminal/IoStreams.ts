/**
 * Where results and everything else go (decision D22), and what the terminal can show. Created
 * once, at the entry.
 */

import * as fs from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { InputUnreadable } from "../CliError.ts"
import { readInput } from "../readInput.ts"
import { type Output, standardOutput } from "../start/standardOutput.ts"
import { type Lines, toScreen, toTable, toTerminal } from "./lines.ts"
import { makeSpinner, noSpinner, type Spinner } from "./spinner.ts"
import { standardInput } from "./standardInput.ts"

/** The streams of this run. */
export class IoStreams extends Context.Tag("clawdbot/terminal/IoStreams")<
  IoStreams,
  {
    /** A result, to standard output. */
    readonly stdout: (lines: Lines) => Effect.Effect<void>
    /** Anything a program that reads the result should not see, to standard error. */
    readonly stderr: (lines: Lines) => Effect.Effect<void>
    /** A table for programs, to standard output: a tab between the cells of a row. */
    readonly table: (rows: ReadonlyArray<ReadonlyArray<string>>) => Effect.Effect<void>
    /** Whether questions can be asked: both ends are a terminal. */
    readonly interactive: boolean
    /** Whether standard output is a terminal, and no log or pipe. */
    readonly isTerminal: boolean
    readonly color: boolean
    /** Shows lines in place of what the terminal showed, cut off at its height. */
    readonly redraw: (lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** Columns, 80 where nobody says. */
    readonly width: number
    /** The same of standard error; no columns where it is no terminal. */
    readonly problems: { readonly color: boolean; readonly width: number | undefined }
    /** What turns on standard error during a wait, where that is a terminal. */
    readonly spinner: Spinner
    readonly readStdin: Effect.Effect<string, InputUnreadable>
  }
>() {}

const writer =
  ({ hide }: Spinner) =>
  ({ write }: Output, text: string): Effect.Effect<void> =>
    Effect.async((resume) => {
      hide()
      // A reader that left (`| head`) is no failure of ours, and `onLostOutput` hears of others.
      write(text, () => resume(Effect.void))
    })

/** The process' own streams. */
export const fromProcess = (noColor: boolean): Context.Tag.Service<IoStreams> => {
  const plain = noColor || (process.env.NO_COLOR ?? "") !== "" || process.env.TERM === "dumb"
  const [results, problems] = [standardOutput(fs, 1), standardOutput(fs, 2)]
  const { terminal } = results
  const isWatched = problems.terminal !== undefined && !plain
  const spinner = isWatched ? makeSpinner(problems.write) : noSpinner
  const write = writer(spinner)
  // As it is when something is shown; people change its size.
  const screenSize = () => ({ width: terminal?.columns ?? 80, height: terminal?.rows ?? 24 })
  return {
    stdout: (lines) => write(results, toTerminal(lines)),
    stderr: (lines) => write(problems, toTerminal(lines)),
    table: (rows) => write(results, toTable(rows)),
    interactive: terminal !== undefined && standardInput().isTTY === true,
    isTerminal: terminal !== undefined,
    color: terminal !== undefined && !plain,
    width: screenSize().width,
    problems: { color: isWatched, width: problems.terminal?.columns },
    redraw: (lines) => write(results, toScreen(lines, screenSize())),
    spinner,
    readStdin: readInput("standard input", standardInput)
  }
}
