/**
 * A process that answers lines: it says one line when it is ready, and one of JSON for each line it
 * reads.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as readline from "node:readline"
import * as Effect from "effect/Effect"

/** What a test asks it for. */
export interface LineWorker {
  readonly pid: number
  /** A line, mostly how many callers ask at once: what each was served, undefined if it died. */
  readonly ask: (line: string | number) => Promise<ReadonlyArray<string> | undefined>
  /** It runs, and owes no answer. */
  readonly isFree: () => boolean
  readonly kill: () => void
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

const nextLine = (child: ChildProcess, lines: readline.Interface): Promise<string | undefined> =>
  new Promise((resolve) => {
    const done = (line: string | undefined) => {
      lines.off("line", done)
      child.off("exit", gone)
      resolve(line)
    }
    const gone = () => done(undefined)
    lines.once("line", done)
    child.once("exit", gone)
    if (hasEnded(child)) gone()
  })

/**
 * Starts a program with its options as JSON, at home in a folder; gives it when it is ready. It is
 * killed with the scope.
 */
export const start = (program: string, home: string, options: object) =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<LineWorker & { readonly child: ChildProcess }> => {
      const child = spawn(process.execPath, [program, JSON.stringify(options)], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { PATH: process.env.PATH ?? "", HOME: home }
      })
      const lines = readline.createInterface({ input: child.stdout })
      child.stdin.on("error", () => undefined)
      await nextLine(child, lines)
      let owed = 0
      return {
        child,
        pid: child.pid ?? 0,
        isFree: () => owed === 0 && !hasEnded(child),
        ask: async (line) => {
          const answer = nextLine(child, lines)
          owed += 1
          child.stdin.write(`${line}\n`)
          const text = await answer
          owed -= 1
          if (text === undefined) return undefined
          const served: ReadonlyArray<string> = JSON.parse(text)
          return served
        },
        kill: () => child.kill("SIGKILL")
      }
    }),
    ({ child }) =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            if (hasEnded(child)) return resolve()
            child.once("exit", () => resolve())
            child.kill("SIGKILL")
          })
      )
  )
