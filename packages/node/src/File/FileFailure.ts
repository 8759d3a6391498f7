/**
 * A refusal of the file system, private to this package: adapters turn it into the error of their
 * port.
 */
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { isPlatformError, type PlatformError } from "@effect/platform/Error"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

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

/**
 * What the system refuses, or a check of ours, by its code alone: which file it was for is known to
 * whoever asked.
 */
export class SystemRefusal extends Data.TaggedError("SystemRefusal")<{ readonly code: string }> {
  override get message() {
    return FileProblem.inWords(this.code)
  }
}

/** What a call of the file system may fail with. */
export type Refusal = SystemRefusal | PlatformError

/** The system's code of a failure or of a thrown value; its name where it has none. */
export const codeOf = (cause: unknown): string => {
  if (isPlatformError(cause)) {
    // On a full disk a write that takes no bytes is the only sign.
    if (cause._tag === "SystemError" && cause.reason === "WriteZero") return "ENOSPC"
    return codeOf(cause.cause)
  }
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

/** A refusal of ours, for what the system does not notice by itself. */
export const problem = (code: FileProblem.FileProblem): SystemRefusal => new SystemRefusal({ code })

/** Whether a refusal has one of these codes. */
export const hasCode =
  (...codes: ReadonlyArray<string>) =>
  (refusal: Refusal): boolean =>
    codes.includes(codeOf(refusal))

/**
 * Turns refusals into failures of what was done to a file, under the name its user knows it by.
 * `@effect/platform` dies of a file that cannot be closed; a disk that says so has not kept what
 * was written, and this is its failure as well.
 */
export const asFailure =
  (file: string, operation: FileFailure["operation"]) =>
  <A, E extends Refusal | FileFailure, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, FileFailure, R> =>
    Effect.catchAllCause(effect, (cause) => {
      const refused = (refusal: unknown) =>
        Effect.fail(new FileFailure({ path: file, operation, code: codeOf(refusal) }))
      return Either.match(Cause.failureOrCause(cause), {
        onLeft: (failure) =>
          failure instanceof FileFailure ? Effect.fail(failure) : refused(failure),
        onRight: (rest) => {
          const defect = Option.getOrUndefined(Cause.dieOption(rest))
          if (isPlatformError(defect)) return refused(defect)
          return Effect.failCause(rest)
        }
      })
    })
