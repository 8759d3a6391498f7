/**
 * Where the access log goes: standard error (`-`) or a file that is appended to, 0600. Never in the
 * way of a request.
 */

import { createWriteStream } from "node:fs"
import type { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import { toTerminal } from "../terminal/lines.ts"

/** Lines that a stalled disk makes wait are kept up to so many bytes; further ones are dropped. */
const maxWaitingBytes = 8 * 1024 * 1024

/**
 * So long a line waits for others, in ms, and up to so many characters: writing one by one costs
 * more than making them, and each write wakes another thread.
 */
const gatherMs = 100
const gatherLength = 64 * 1024

/** Lines on their way to a stream, written together. */
class Gathered {
  private lines = ""
  private timer: NodeJS.Timeout | undefined
  private readonly to: Writable

  constructor(to: Writable) {
    this.to = to
  }

  readonly add = (line: string): void => {
    const { lines, to } = this
    if (to.destroyed || to.writableLength + lines.length >= maxWaitingBytes) return
    this.lines += toTerminal(line)
    if (this.lines.length >= gatherLength) return this.write()
    this.timer ??= setTimeout(this.write, gatherMs)
  }

  /** Writes what is there. */
  readonly write = (): void => {
    clearTimeout(this.timer)
    this.timer = undefined
    const { lines } = this
    this.lines = ""
    if (lines !== "" && !this.to.destroyed) this.to.write(lines)
  }
}

const openStream = (where: string, say: (text: string) => void): Writable => {
  if (where === "-") return process.stderr
  const stream = createWriteStream(where, { flags: "a", mode: 0o600 })
  stream.on("error", (cause) =>
    say(`clawdbot: the access log ${where} is not written: ${cause.message}`)
  )
  return stream
}

const end = (stream: Writable): Effect.Effect<void> => {
  if (stream === process.stderr) return Effect.void
  return Effect.async<void>((resume) => {
    stream.once("close", () => resume(Effect.void))
    if (stream.destroyed) resume(Effect.void)
    else stream.end()
  })
}

/**
 * A sink for lines, until the scope closes. A file that cannot be written is told of once, and
 * requests go on.
 */
export const open = (where: string, say: (text: string) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const stream = openStream(where, say)
      return { stream, gathered: new Gathered(stream) }
    }),
    ({ gathered, stream }) => {
      gathered.write()
      return end(stream)
    }
  ).pipe(Effect.map(({ gathered }) => gathered.add))
