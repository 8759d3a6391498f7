/**
 * A file that lines are appended to, each of them on disk before the next step: bounded, and for
 * its owner alone.
 */
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { codeOf, problem } from "./FileFailure.ts"
import { appendNow, renameNow, statNow } from "./PosixFiles.ts"

/** The largest such file, in bytes; then it becomes the file of before, with a number. */
export const maxAuditBytes = 10 * 1024 * 1024

/** So many files are kept, the one that is written to among them. */
export const maxAuditFiles = 3

/** The audit log cannot be written; what it was to report was not done. */
export class AuditUnavailable extends taggedError<AuditUnavailable>()("AuditUnavailable", () => ({
  path: Schema.String,
  code: Schema.String
})) {
  override get message() {
    return `cannot write the audit log ${this.path} (${FileProblem.inWords(this.code)})`
  }
}

/** Makes room: the last file goes, the others move up. */
const rotate = (file: string): void => {
  const names = Array.from({ length: maxAuditFiles }, (_, index) =>
    index === 0 ? file : `${file}.${index}`
  )
  for (let to = names.length - 1; to > 0; to--) {
    const [from, target] = [names[to - 1], names[to]]
    if (from !== undefined && target !== undefined && statNow(from) !== undefined)
      renameNow(from, target)
  }
}

/**
 * Appends a text; an empty one only sees whether that can be done. What is no regular file is left
 * alone.
 */
export const appendLine = (path: string, line: string): Effect.Effect<void, AuditUnavailable> =>
  Effect.try({
    try: () => {
      const stat = statNow(path)
      if (stat !== undefined && !stat.isFile()) throw problem("NOT_A_FILE")
      const size = Number(stat?.size ?? 0)
      if (size > 0 && size + Buffer.byteLength(line) > maxAuditBytes) rotate(path)
      appendNow(path, line)
    },
    catch: (cause) => new AuditUnavailable({ path, code: codeOf(cause) })
  })
