/**
 * The text of an `auth-profiles.json` as a document; what is wrong with it is told by its place,
 * never by its words.
 */
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { StoreCorrupt, StoreTooNew } from "@clawdbot/domain/Profile/ProfileError"
import * as Either from "effect/Either"

/** The document of a text; `file` is named in the errors. */
export const parse = (
  file: string,
  text: string
): Either.Either<ProfileDocument.ProfileDocument, StoreCorrupt | StoreTooNew> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return Either.left(new StoreCorrupt({ path: file, ...jsonFault(text, cause) }))
  }
  return Either.mapLeft(ProfileDocument.decode(value), (fault) =>
    fault._tag === "NewerVersion"
      ? new StoreTooNew({
          path: file,
          version: fault.version,
          supported: ProfileDocument.currentVersion
        })
      : new StoreCorrupt({ path: file, problem: fault.problem })
  )
}

/**
 * Where a JSON text is broken. The engine's own message may quote the text, and with it a secret:
 * only its place is used.
 */
const jsonFault = (
  text: string,
  cause: unknown
): { readonly problem: string; readonly line?: number; readonly column?: number } => {
  if (text.trim() === "") return { problem: "the file is empty", line: 1, column: 1 }
  const message = cause instanceof Error ? cause.message : ""
  const position = /position (\d+)/.exec(message)?.[1]
  const offset = position === undefined ? text.length : Number(position)
  const before = text.slice(0, offset)
  return {
    problem:
      offset >= text.length ? "the text ends too early" : "it is not valid JSON from here on",
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n")
  }
}
