/**
 * Reads a file that is appended to line by line. A power cut leaves zeros or half a character where
 * the file was being extended, and other lines follow behind: that costs the one line.
 */
import { isUtf8 } from "node:buffer"
import * as Effect from "effect/Effect"
import type { Disk } from "./Disk.ts"
import { asFailure, type FileFailure, isMissing } from "./FileFailure.ts"
import { readContent } from "./readDocument.ts"

const lineEnd = 0x0a

/** The parts between line ends that are UTF-8. */
const legible = (bytes: Buffer): string => {
  const lines: Array<string> = []
  for (let start = 0; start <= bytes.byteLength; ) {
    const found = bytes.indexOf(lineEnd, start)
    const end = found < 0 ? bytes.byteLength : found
    const line = bytes.subarray(start, end)
    if (isUtf8(line)) lines.push(line.toString("utf8"))
    start = end + 1
  }
  return lines.join("\n")
}

/**
 * The text of such a file without the lines that are no UTF-8, and without its byte order mark;
 * empty where there is no file. Fails with the system's code, or with `NOT_A_FILE` or `TOO_LARGE`.
 */
export const readLines = (file: string, limit: number): Effect.Effect<string, FileFailure, Disk> =>
  readContent(file, limit).pipe(
    asFailure(file, "read"),
    Effect.map(({ bytes }) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const text = isUtf8(buffer) ? buffer.toString("utf8") : legible(buffer)
      if (text.startsWith("\uFEFF")) return text.slice(1)
      return text
    }),
    Effect.catchIf(
      ({ code }) => isMissing(code),
      () => Effect.succeed("")
    )
  )
