/** Other people's programs, with the person's own terminal. */
import * as Effect from "effect/Effect"

/** How a program ended: its exit status, the signal that ended it, or that it was not found. */
export type ProgramEnd = number | NodeJS.Signals | "not found"

/** Runs one until it ends. Interrupted, it gets the signal of Ctrl-C. */
export const runProgram = (
  program: string,
  words: ReadonlyArray<string>
): Effect.Effect<ProgramEnd> =>
  Effect.flatMap(
    Effect.promise(() => import("node:child_process")),
    ({ spawn }) =>
      Effect.async<ProgramEnd>((resume) => {
        const child = spawn(program, words, { stdio: "inherit" })
        child.on("error", () => resume(Effect.succeed("not found")))
        child.on("close", (code, signal) => resume(Effect.succeed(code ?? signal ?? "not found")))
        return Effect.sync(() => child.kill("SIGINT"))
      })
  )
