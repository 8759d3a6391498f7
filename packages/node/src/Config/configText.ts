/**
 * Reading config files. They are UTF-8 and nothing else: a byte that is not would be lost by the
 * next write.
 */
import { ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { type FileFailure, isEncoding, isMissing } from "../File/FileFailure.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"

/** The text of a file, its byte order mark included: an edit keeps it. */
export const read = (file: string): Effect.Effect<string, FileFailure, Disk> =>
  Effect.map(
    readDocument(file, maxBytes.settings),
    ({ byteOrderMark, text }) => `${byteOrderMark}${text}`
  )

/** The text of the main file; `undefined` when there is none. */
export const readMain = (
  file: string
): Effect.Effect<string | undefined, ConfigInvalid | ConfigUnavailable, Disk> =>
  read(file).pipe(
    Effect.catchAll(
      ({ code, column, line }): Effect.Effect<undefined, ConfigInvalid | ConfigUnavailable> => {
        if (isMissing(code)) return Effect.succeed(undefined)
        if (!isEncoding(code))
          return Effect.fail(new ConfigUnavailable({ path: file, operation: "read", code }))
        const issue = {
          path: "<root>",
          problem: FileProblem.inWords(code),
          cure: FileProblem.cure({ path: file, operation: "read", code }),
          place: line === undefined ? { file } : { file, line, column: column ?? 1 }
        }
        return Effect.fail(new ConfigInvalid({ path: file, issues: [issue] }))
      }
    )
  )
