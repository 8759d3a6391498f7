/**
 * The text of an `auth-profiles.json` as a document; what is wrong with it is told by its place,
 * never by its words.
 */

import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { StoreCorrupt, StoreTooNew } from "@clawdbot/domain/Profile/ProfileError"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Either from "effect/Either"

/** The document of a text; `file` is named in the errors. */
export const parse = (
  file: string,
  text: string
): Either.Either<ProfileDocument.ProfileDocument, StoreCorrupt | StoreTooNew> => {
  const value = Json.parse(text)
  if (Either.isLeft(value)) {
    const { column, line, problem } = value.left
    return Either.left(new StoreCorrupt({ path: file, problem, line, column }))
  }
  return Either.mapLeft(ProfileDocument.decode(value.right), (fault) => {
    if (fault._tag === "NewerVersion")
      return new StoreTooNew({
        path: file,
        version: fault.version,
        supported: ProfileDocument.currentVersion
      })
    return new StoreCorrupt({ path: file, problem: fault.problem })
  })
}
