/** The PATH and VALUE words of the `config` commands. */

import { looksSecret } from "@clawdbot/domain/Config/secretKeys"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as Json5 from "@clawdbot/json5-edit/Json5"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import { UsageError } from "../../CliError.ts"

/** A key path from the command line. `command` is whose `--help` tells more. */
export const parseKey = (text: string, command: string): Either.Either<KeyPath, UsageError> =>
  Either.mapLeft(
    KeyPaths.parse(text),
    (problem) =>
      new UsageError({
        problem: `the key ${textIf(!looksSecret(text), `"${text}" `)}cannot be read: ${problem}`,
        command
      })
  )

/**
 * A value from the command line: JSON5 where it is JSON5 that a config may hold, otherwise the text
 * itself. What begins like JSON5 and is none is a mistake, and so is a whole number too large to be
 * kept exactly.
 */
export const parseValue = (text: string, command: string): Either.Either<unknown, UsageError> => {
  const wrong = (problem: string) => Either.left(new UsageError({ problem, command }))
  const parsed = Json5.parse(text)
  if (Either.isLeft(parsed)) {
    if (/^\s*[[{"']/.test(text))
      return wrong(
        `the value is not valid JSON5: ${parsed.left.problem} (column ${parsed.left.column})`
      )
    return Either.right(text)
  }
  const value = parsed.right
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return wrong(
      "the number is too large to be stored exactly; to store it as a string, add quotes: " +
        `'"${text.trim()}"'`
    )
  }
  return Either.right(JsonValue.isWritable(value) ? value : text)
}
