/**
 * A person at a terminal: runs the bundled command in a pseudo terminal, reads what it shows,
 * types.
 */
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { entry } from "../clawdbot.ts"
import * as Screen from "./Screen.ts"

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

const until = (screen: Screen.Screen, what: string, done: () => boolean): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    screen.changed = () => {
      if (done()) resume(Effect.void)
      else if (screen.status !== undefined)
        resume(
          Effect.dieMessage(
            `it ended with ${screen.status} before ${what}; the screen shows:\n${screen.text}`
          )
        )
    }
    screen.changed()
  }).pipe(
    Effect.timeoutTo({
      duration: maxWaitMs,
      onTimeout: () => Effect.dieMessage(`no ${what}; the screen shows:\n${screen.text}`),
      onSuccess: () => Effect.void
    }),
    Effect.flatten
  )

const ended = (screen: Screen.Screen) =>
  Effect.map(
    until(screen, "the end", () => screen.status !== undefined),
    () => screen.status ?? -1
  )

const personAt = (screen: Screen.Screen): Person => {
  let seen = 0
  return {
    sees: (text) =>
      until(screen, `"${text}"`, () => screen.text.indexOf(text, seen) >= 0).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            seen = screen.text.indexOf(text, seen) + text.length
          })
        )
      ),
    types: (text) => Effect.sync(() => screen.terminal.write(text)),
    screen: () => screen.text,
    ended: ended(screen)
  }
}

const variablesOf = (folder: string, variables: Readonly<Record<string, string>>) => ({
  PATH: process.env.PATH ?? "",
  HOME: folder,
  TERM: "xterm-256color",
  ...variables
})

/** Starts any program for a person whose home this is. It is gone after the scope. */
export const programAtTerminal = (
  program: string,
  folder: string,
  argv: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {}
) =>
  Effect.acquireRelease(
    Effect.sync(() => Screen.open(program, folder, argv, variablesOf(folder, variables))),
    (screen) =>
      Effect.sync(() => {
        if (!screen.isGone) screen.terminal.kill("SIGKILL")
      })
  ).pipe(Effect.map(personAt))

const commandsInTurn = fileURLToPath(new URL("commandsInTurn.mjs", import.meta.url))

/** Processes that wait for their next command line. */
const free: Array<Screen.Screen> = []

const openCommands = Effect.gen(function* () {
  const argv = [commandsInTurn, path.dirname(entry)]
  const screen = Screen.open(process.execPath, os.tmpdir(), argv, { TERM: "xterm-256color" })
  process.once("exit", () => screen.terminal.kill("SIGKILL"))
  yield* ended(screen)
  return screen
})

/**
 * The bundled command for a person whose home this is. A process of it goes on to the next test,
 * because starting one costs more than what a test asks of it; what was stopped by a signal, did
 * not come to an end or wants variables of Node's own has a process to itself.
 */
export const atTerminal = (
  folder: string,
  argv: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {}
) =>
  Object.hasOwn(variables, "NODE_OPTIONS")
    ? programAtTerminal(process.execPath, folder, [entry, ...argv], variables)
    : Effect.acquireRelease(
        Effect.gen(function* () {
          const screen = free.pop() ?? (yield* openCommands)
          screen.text = ""
          screen.status = undefined
          const env = variablesOf(folder, variables)
          screen.terminal.write(`\0${JSON.stringify({ argv, env, folder })}\0`)
          return screen
        }),
        (screen) =>
          Effect.sync(() => {
            if (screen.isGone) return
            if (screen.status === undefined) screen.terminal.kill("SIGKILL")
            else free.push(screen)
          })
      ).pipe(Effect.map(personAt))
