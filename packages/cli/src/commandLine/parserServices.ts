/**
 * What the parser of `@effect/cli` asks for. Its options about files and its prompts are not used
 * when a command line is parsed, so nothing of this machine is loaded for it.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"

const noFiles = FileSystem.makeNoop({})

const unused = Effect.dieMessage("a command line is parsed without a terminal")

const noTerminal = Terminal.Terminal.of({
  columns: Effect.succeed(80),
  rows: Effect.succeed(24),
  isTTY: Effect.succeed(false),
  readInput: unused,
  readLine: unused,
  display: () => unused
})

/** Gives the parser a file system without files, and a terminal that nothing is asked at. */
export const provide = <A, E>(
  effect: Effect.Effect<A, E, FileSystem.FileSystem | Path.Path | Terminal.Terminal>
): Effect.Effect<A, E> =>
  effect.pipe(
    Effect.provideService(FileSystem.FileSystem, noFiles),
    Effect.provideService(Terminal.Terminal, noTerminal),
    Effect.provide(Path.layer)
  )
