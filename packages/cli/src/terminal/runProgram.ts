/** Other people's programs, with the person's own terminal. */
import * as Effect from "effect/Effect"

/** How a program ended: its exit status, the signal that ended it, or that it was not found. */
export type ProgramEnd = number | NodeJS.Signals | "not found"

const started = (
  program: string,
  words: ReadonlyArray<string>,
  stdio: "inherit" | "pipe",
  onOutput: (chunk: Buffer) => void
): Effect.Effect<ProgramEnd> =>
  Effect.flatMap(
    Effect.promise(() => import("node:child_process")),
    ({ spawn }) =>
      Effect.async<ProgramEnd>((resume) => {
        const child = spawn(program, words, { stdio: ["inherit", stdio, stdio] })
        child.stdout?.on("data", onOutput)
        child.stderr?.on("data", onOutput)
        child.on("error", () => resume(Effect.succeed("not found")))
        child.on("close", (code, signal) => resume(Effect.succeed(code ?? signal ?? "not found")))
        return Effect.sync(() => child.kill("SIGINT"))
      })
  )

/** Runs one until it ends. Interrupted, it gets the signal of Ctrl-C. */
export const runProgram = (
  program: string,
  words: ReadonlyArray<string>
): Effect.Effect<ProgramEnd> => started(program, words, "inherit", () => undefined)

/** The same, with what it says in place of showing it: for a wait that a spinner is shown for. */
export const runHeard = (
  program: string,
  words: ReadonlyArray<string>
): Effect.Effect<{ readonly end: ProgramEnd; readonly lines: ReadonlyArray<string> }> =>
  Effect.suspend(() => {
    const chunks: Array<Buffer> = []
    return Effect.map(
      started(program, words, "pipe", (chunk) => void chunks.push(chunk)),
      (end) => {
        const text = Buffer.concat(chunks).toString("utf8").trimEnd()
        return { end, lines: text === "" ? [] : text.split("\n") }
      }
    )
  })
