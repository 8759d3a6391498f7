/**
 * Where results and everything else go (decision D22), and what the terminal can show. Created
 * once, at the entry.
 */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { InputUnreadable } from "../CliError.ts"
import { readInput } from "../readInput.ts"
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
  (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
    Effect.async((resume) => {
      hide()
      // A reader that left (`| head`) is no failure of ours; the error also reaches the callback.
      stream.write(text, () => resume(Effect.void))
    })

/** The terminal as it is now; people change its size. */
const screenSize = () => ({
  width: process.stdout.columns ?? 80,
  height: process.stdout.rows ?? 24
})

/** The process' own streams. */
export const fromProcess = (noColor: boolean): Context.Tag.Service<IoStreams> => {
  const plain = noColor || (process.env.NO_COLOR ?? "") !== "" || process.env.TERM === "dumb"
  const isWatched = process.stderr.isTTY === true && !plain
  const spinner = isWatched ? makeSpinner((text) => void process.stderr.write(text)) : noSpinner
  const write = writer(spinner)
  return {
    stdout: (lines) => write(process.stdout, toTerminal(lines)),
    stderr: (lines) => write(process.stderr, toTerminal(lines)),
    table: (rows) => write(process.stdout, toTable(rows)),
    interactive: process.stdout.isTTY === true && standardInput().isTTY === true,
    isTerminal: process.stdout.isTTY === true,
    color: process.stdout.isTTY === true && !plain,
    width: process.stdout.columns ?? 80,
    problems: {
      color: isWatched,
      width: process.stderr.isTTY === true ? process.stderr.columns : undefined
    },
    redraw: (lines) => write(process.stdout, toScreen(lines, screenSize())),
    spinner,
    readStdin: readInput("standard input", standardInput)
  }
}
