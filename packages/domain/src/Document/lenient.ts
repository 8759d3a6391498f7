/**
 * Schemas for documents that other programs write too: what one field holds never makes the rest
 * unreadable, and a name in a file is never taken for a property of the language.
 */

import { isObject, type JsonObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { atFirstUse } from "./atFirstUse.ts"

/** Made as a tree: `Schema.UndefinedOr` with an annotation would be two classes of each field. */
const orUndefined = (field: AST.AST): AST.AST =>
  AST.annotations(AST.Union.make([field, AST.undefinedKeyword]), {
    [AST.DecodingFallbackAnnotationId]: () => Either.right(undefined)
  })

/** A field that reads as absent where it holds anything else. */
export const optional = <A, I>(field: Schema.Schema<A, I>) =>
  Schema.optional(Schema.make<A | undefined, I | undefined>(orUndefined(field.ast)))

/** A field that reads as `fallback` where it is absent or holds anything else. */
export const withDefault = <A, I>(field: Schema.Schema<A, I>, fallback: () => A) =>
  Schema.optionalWith(field.annotations({ decodingFallback: () => Either.right(fallback()) }), {
    default: fallback
  })

/** A list of which the items are left out that do not decode. */
export const list = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>, unknown> => {
  const decode = atFirstUse(() => Schema.decodeUnknownOption(item))
  const encode = atFirstUse(() => ParseResult.encodeUnknown(Schema.Array(item)))
  return Schema.transformOrFail(Schema.Unknown, Schema.Array(Schema.typeSchema(item)), {
    strict: true,
    decode: (value, _, ast) => {
      if (Array.isArray(value))
        return Either.right(value.flatMap((entry) => Option.toArray(decode(entry))))
      return Either.left(new ParseResult.Type(ast, value, "expected a list"))
    },
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
  const decodeKey = atFirstUse(() => Schema.decodeUnknownOption(key))
  const decodeValue = atFirstUse(() => Schema.decodeUnknownOption(value))
  const encodeEntry = atFirstUse(() => ParseResult.encodeUnknownEither(Schema.Tuple(key, value)))
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

/**
 * A struct that keeps the fields it does not know, and writes them back. Unlike with
 * `onExcessProperty: "preserve"`, `__proto__` is a field like any other: there it would be lost,
 * and its value would stand in for fields that are absent.
 */
export const open = <A extends object, I>(
  struct: Schema.Schema<A, I> & { readonly fields: object }
): Schema.Schema<A, unknown> => {
  const names = new Set(Object.keys(struct.fields))
  const decode = atFirstUse(() => ParseResult.decodeUnknownEither(struct))
  const encode = atFirstUse(() => ParseResult.encodeUnknownEither(struct))
  const isKnown = atFirstUse(() => Schema.is(Schema.typeSchema(struct)))
  const withOthers = (known: object, all: object): object => {
    const others = Object.entries(all).filter(([name]) => !names.has(name))
    if (others.length === 0) return known
    return Object.fromEntries([...Object.entries(known), ...others])
  }
  return Schema.transformOrFail(
    Schema.Unknown,
    Schema.declare((value): value is A => isKnown(value)),
    {
      strict: true,
      decode: (input, options, ast) => {
        // More fields than the struct names do not make it another one.
        if (isObject(input))
          return Either.map(decode(input, options), (known) => withOthers(known, input) as A)
        return Either.left(new ParseResult.Type(ast, input, "expected an object"))
      },
      encode: (value, options) =>
        Either.map(encode(value, options), (written) => withOthers(Object(written), value))
    }
  )
}

/**
 * One of several structs: the first that decodes. `Schema.Union` makes text of the field that tells
 * its members apart, whatever a file holds there, and an object with a `toString` of its own makes
 * that throw.
 */
export const oneOf = <const Members extends ReadonlyArray<Schema.Schema.AnyNoContext>>(
  ...members: Members
): Schema.Schema<Schema.Schema.Type<Members[number]>, object> => {
  const decoders = members.map((member) =>
    atFirstUse(() => ParseResult.decodeUnknownEither(member))
  )
  const encoders = members.map((member) =>
    atFirstUse(() => ParseResult.encodeUnknownEither(member))
  )
  const checks = members.map((member) => atFirstUse(() => Schema.is(Schema.typeSchema(member))))
  const first =
    (converters: typeof decoders) =>
    (input: unknown, options: AST.ParseOptions, ast: AST.Transformation) => {
      for (const convert of converters) {
        const converted = convert(input, options)
        if (Either.isRight(converted)) return converted
      }
      return Either.left(new ParseResult.Type(ast, input, "none of the forms"))
    }
  return Schema.transformOrFail(
    Schema.Object,
    Schema.declare((value): value is Schema.Schema.Type<Members[number]> =>
      checks.some((isMember) => isMember(value))
    ),
    { strict: true, decode: first(decoders), encode: first(encoders) }
  )
}

/**
 * An object whose keys are data, all of whose values decode; `__proto__` is a key like any other.
 */
export const record = <A, I>(
  value: Schema.Schema<A, I>
): Schema.Schema<Readonly<Record<string, A>>, unknown> => {
  const each = <B, C>(
    input: JsonObject,
    convert: (item: unknown) => Either.Either<B, C>
  ): Either.Either<Readonly<Record<string, B>>, C> =>
    Either.map(
      Either.all(
        Object.entries(input).map(([name, item]) =>
          Either.map(convert(item), (done): readonly [string, B] => [name, done])
        )
      ),
      Object.fromEntries
    )
  const isValue = atFirstUse(() => Schema.is(Schema.typeSchema(value)))
  const decodeValue = atFirstUse(() => ParseResult.decodeUnknownEither(value))
  const encodeValue = atFirstUse(() => ParseResult.encodeUnknownEither(value))
  return Schema.transformOrFail(
    Schema.Unknown,
    Schema.declare(
      (input): input is Readonly<Record<string, A>> =>
        isObject(input) && Object.values(input).every((item) => isValue(item))
    ),
    {
      strict: true,
      decode: (input, options, ast) => {
        if (isObject(input)) return each(input, (item) => decodeValue(item, options))
        return Either.left(new ParseResult.Type(ast, input, "expected an object"))
      },
      encode: (input, options) => each(input, (item) => encodeValue(item, options))
    }
  )
}
