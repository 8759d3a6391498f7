/**
 * Runs commands while the process table is read: what every process below was started with, as
 * anybody on the machine could see it.
 */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { Ran } from "../clawdbot.ts"

/** What was seen so far: everything shown, and the arguments of every process. */
export interface Seen {
  readonly shown: Array<string>
  readonly processes: Set<string>
}

/** Nothing yet. */
export const nothingSeen = (): Seen => ({ shown: [], processes: new Set() })

const text = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    // It ended between being listed and being read.
    return ""
  }
}

const below = (pid: number | string): ReadonlyArray<string> => {
  const children = text(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean)
  return [...children, ...children.flatMap(below)]
}

/**
 * Reads the process table over and over until the scope closes. Linux; elsewhere there is nothing
 * to read.
 */
export const watch = (seen: Seen) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      setInterval(() => {
        for (const pid of below(process.pid)) {
          const line = text(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()
          if (line !== "") seen.processes.add(line)
        }
      }, 15)
    ),
    (timer) => Effect.sync(() => clearInterval(timer))
  )

/** Keeps what a command showed. */
export const watched = (seen: Seen, command: Effect.Effect<Ran>): Effect.Effect<Ran> =>
  Effect.tap(command, ({ stderr, stdout }) =>
    Effect.sync(() => {
      seen.shown.push(stdout, stderr)
    })
  )

/**
 * A script that writes the arguments of every process there is to `$HOME/processes`, then goes on
 * with `body`.
 */
export const tellingScript = (body: string): string => `#!/bin/sh
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> "$HOME/processes"
${body}
`
