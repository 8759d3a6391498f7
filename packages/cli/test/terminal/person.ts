/**
 * A person at a terminal: runs the bundled command in a pseudo terminal, reads what it shows,
 * types.
 */
import * as pty from "@lydell/node-pty"
import * as Effect from "effect/Effect"
import { entry } from "../clawdbot.ts"

/** How long the person waits for something to appear, in ms. */
const maxWaitMs = 20_000

/** What is on the screen so far, and what can be done. */
export interface Person {
  /** Waits until a text appears that was not there at the last look. */
  readonly sees: (text: string) => Effect.Effect<void>
  readonly types: (keys: string) => Effect.Effect<void>
  /** Everything that was ever shown, escape sequences included. */
  readonly screen: () => string
  /** The exit status, once the command ended. */
  readonly ended: Effect.Effect<number>
}

/** Keys that are not letters. */
export const keys = { enter: "\r", down: "\u001b[B", ctrlC: "\u0003", ctrlD: "\u0004" } as const

/** Starts the command for a person whose home this is. It is gone after the scope. */
export const atTerminal = (
  folder: string,
  argv: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {}
) => programAtTerminal(process.execPath, folder, [entry, ...argv], variables)

/** The same with any program. */
export const programAtTerminal = (
  program: string,
  folder: string,
  argv: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {}
) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const terminal = pty.spawn(program, [...argv], {
        cols: 100,
        rows: 40,
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder, TERM: "xterm-256color", ...variables }
      })
      let shown = ""
      let seen = 0
      let status: number | undefined
      let changed = () => {}
      terminal.onData((text) => {
        shown += text
        changed()
      })
      terminal.onExit(({ exitCode }) => {
        status = exitCode
        changed()
      })
      const until = (what: string, done: () => boolean): Effect.Effect<void> =>
        Effect.async<void>((resume) => {
          changed = () => {
            if (done()) resume(Effect.void)
            else if (status !== undefined)
              resume(
                Effect.dieMessage(
                  `it ended with ${status} before ${what}; the screen shows:\n${shown}`
                )
              )
          }
          changed()
        }).pipe(
          Effect.timeoutTo({
            duration: maxWaitMs,
            onTimeout: () => Effect.dieMessage(`no ${what}; the screen shows:\n${shown}`),
            onSuccess: () => Effect.void
          }),
          Effect.flatten
        )
      const person: Person = {
        sees: (text) =>
          until(`"${text}"`, () => shown.indexOf(text, seen) >= 0).pipe(
            Effect.tap(() =>
              Effect.sync(() => {
                seen = shown.indexOf(text, seen) + text.length
              })
            )
          ),
        types: (text) => Effect.sync(() => terminal.write(text)),
        screen: () => shown,
        ended: until("the end", () => status !== undefined).pipe(Effect.map(() => status ?? -1))
      }
      const kill = () => {
        if (status === undefined) terminal.kill("SIGKILL")
      }
      return { person, kill }
    }),
    ({ kill }) => Effect.sync(kill)
  ).pipe(Effect.map(({ person }) => person))
