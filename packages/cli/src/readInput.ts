/**
 * What a person names or pipes in, which may be a pipe on purpose: read to its end, up to a limit.
 */
import * as Effect from "effect/Effect"
import { InputUnreadable } from "./CliError.ts"

/** What is given to a command is a secret: a device without an end, or gigabytes, are none. */
export const maxInputBytes = 1024 * 1024

const tooLarge = Object.assign(new Error(), { code: "TOO_LARGE" })

const codeOf = (cause: unknown): string => {
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code
  return "UNKNOWN"
}

/** The text of a stream. `source` is what it is called in the error. */
export const readInput = (
  source: string,
  stream: () => AsyncIterable<string | Uint8Array>
): Effect.Effect<string, InputUnreadable> =>
  Effect.tryPromise({
    try: async () => {
      const chunks: Array<Buffer> = []
      let bytes = 0
      for await (const chunk of stream()) {
        bytes += chunk.length
        if (bytes > maxInputBytes) throw tooLarge
        chunks.push(Buffer.from(chunk))
      }
      return Buffer.concat(chunks).toString("utf8")
    },
    catch: (cause) => new InputUnreadable({ source, code: codeOf(cause) })
  })
