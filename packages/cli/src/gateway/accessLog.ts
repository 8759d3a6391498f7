/**
 * Where the access log goes: standard error (`-`) or a file that is appended to, 0600. Never in the
 * way of a request.
 */

import { createWriteStream } from "node:fs"
import * as Effect from "effect/Effect"
import { toTerminal } from "../terminal/lines.ts"

/** Lines that a stalled disk makes wait are kept up to so many bytes; further ones are dropped. */
const maxWaitingBytes = 8 * 1024 * 1024

/**
 * A sink for lines, until the scope closes. A file that cannot be written is told of once, and
 * requests go on.
 */
export const open = (where: string, say: (text: string) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        if (where === "-") return process.stderr
        const stream = createWriteStream(where, { flags: "a", mode: 0o600 })
        stream.on("error", (cause) =>
          say(`clawdbot: the access log ${where} is not written: ${cause.message}`)
        )
        return stream
      }),
      (stream) => {
        if (stream === process.stderr) return Effect.void
        return Effect.async<void>((resume) => {
          stream.once("close", () => resume(Effect.void))
          if (stream.destroyed) resume(Effect.void)
          else stream.end()
        })
      }
    ),
    (stream) => (line: string) => {
      if (!stream.destroyed && stream.writableLength < maxWaitingBytes)
        stream.write(toTerminal(line))
    }
  )
