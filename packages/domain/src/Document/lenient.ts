/**
 * Schemas for documents that other programs write too: what one field holds never makes the rest
 * unreadable, and a name in a file is never taken for a property of the language.
 */

import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** A field that reads as absent where it holds anything else. */
export const optional = <A, I>(field: Schema.Schema<A, I>) =>
  Schema.optional(
    Schema.UndefinedOr(field).annotations({ decodingFallback: () => Either.right(undefined) })
  )

/** A field that reads as `fallback` where it is absent or holds anything else. */
export const withDefault = <A, I>(field: Schema.Schema<A, I>, fallback: () => A) =>
  Schema.optionalWith(field.annotations({ decodingFallback: () => Either.right(fallback()) }), {
    default: fallback
  })

/** A list of which the items are left out that do not decode. */
export const list = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>, unknown> => {
  const decode = Schema.decodeUnknownOption(item)
  const encode = ParseResult.encodeUnknown(Schema.Array(item))
  return Schema.transformOrFail(Schema.Unknown, Schema.Array(Schema.typeSchema(item)), {
    strict: true,
    decode: (value, _, ast) =>
      Array.isArray(value)
        ? Either.right(value.flatMap((entry) => Option.toArray(decode(entry))))
        : Either.left(new ParseResult.Type(ast, value, "expected a list")),
    encode
  })
}

/**
 * An object whose keys are data, in the order of the file. Entries that do not decode are left out.
 * Unlike with `Schema.Record`, `__proto__` is a key like any other.
 */
export const map = <K, A, I>(
  key: Schema.Schema<K, string>,
  value: Schema.Schema<A, I>
): Schema.Schema<ReadonlyMap<K, A>, unknown> => {
  const decodeKey = Schema.decodeUnknownOption(key)
  const decodeValue = Schema.decodeUnknownOption(value)
  const encodeEntry = ParseResult.encodeUnknownEither(Schema.Tuple(key, value))
  return Schema.transformOrFail(
    Schema.Unknown,
    Schema.ReadonlyMapFromSelf({
      key: Schema.typeSchema(key),
      value: Schema.typeSchema(value)
    }),
    {
      strict: true,
      decode: (input, _, ast) => {
        if (!isObject(input))
          return Either.left(new ParseResult.Type(ast, input, "expected an object"))
        const entries = Object.entries(input).flatMap(([name, entry]) => {
          const decoded = Option.all([decodeKey(name), decodeValue(entry)])
          return Option.toArray(decoded)
        })
        return Either.right(new Map(entries))
      },
      encode: (entries) =>
        Either.map(Either.all([...entries].map((entry) => encodeEntry(entry))), Object.fromEntries)
    }
  )
}
