/**
 * A refusal of the file system, private to this package: adapters turn it into the error of their
 * port.
 */
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import * as Data from "effect/Data"

/**
 * What was being done to which file, and the system's code (`EACCES`, `ENOSPC` …) or one of ours
 * (`domain/Document/fileProblem`). A text that is not UTF-8 is so from a line and column on.
 */
export class FileFailure extends Data.TaggedError("FileFailure")<{
  readonly path: string
  readonly operation: "read" | "write" | "lock" | "list"
  readonly code: string
  readonly line?: number | undefined
  readonly column?: number | undefined
}> {
  override get message() {
    return `cannot ${this.operation} ${this.path} (${FileProblem.inWords(this.code)})`
  }
}

/** The system's code of a thrown value; its name where it has none. */
export const codeOf = (cause: unknown): string => {
  if (cause instanceof Error) {
    if ("code" in cause && typeof cause.code === "string") return cause.code
    return cause.name
  }
  return "UNKNOWN"
}

/** Whether there is no such file, rather than one that cannot be used. */
export const isMissing = (code: string): boolean => code === "ENOENT" || code === "ENOTDIR"

/** Whether a file is there, but in an encoding that is not read: broken content, for its reader. */
export const isEncoding = (code: string): boolean => code === "UTF16" || code === "NOT_UTF8"

/** An error that {@link codeOf} reads, for what the system does not notice by itself. */
export const problem = (code: FileProblem.FileProblem): Error =>
  Object.assign(new Error(FileProblem.inWords(code)), { code })
