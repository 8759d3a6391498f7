/**
 * A refusal of the file system, private to this package: adapters turn it into the error of their
 * port.
 */
import * as Data from "effect/Data"

/** What was being done to which file, and the system's code (`EACCES`, `ENOSPC` …). */
export class FileFailure extends Data.TaggedError("FileFailure")<{
  readonly path: string
  readonly operation: "read" | "write" | "lock" | "list"
  readonly code: string
}> {
  override get message() {
    return `cannot ${this.operation} ${this.path} (${this.code})`
  }
}

/** The system's code of a thrown value; its name where it has none. */
export const codeOf = (cause: unknown): string => {
  if (cause instanceof Error)
    return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name
  return "UNKNOWN"
}
