/** What the sections of the config are made of. */
import * as Schema from "effect/Schema"

/** An optional key with its description. */
export const described = <A, I, R>(schema: Schema.Schema<A, I, R>, description: string) =>
  Schema.optional(schema.annotations({ description }))

/**
 * An optional section with its description, which is built when a config first has it: every
 * command reads a config, and most of them have few sections. A decoder looks into each member of a
 * union when it is compiled, so that the union with `undefined` is suspended too.
 */
export const section = <A, I, R>(schema: Schema.Schema<A, I, R>, description: string) =>
  Schema.optionalWith(
    Schema.suspend(() => Schema.UndefinedOr(schema.annotations({ description }))),
    { exact: true }
  )

/** A number above zero. */
export const PositiveNumber = Schema.Number.pipe(Schema.positive())
/** A text with something in it, without blanks around it. */
export const Text = Schema.NonEmptyTrimmedString.pipe(
  Schema.annotations({ identifier: "NonEmptyText" })
)

/** Keys of other programs, which are kept. */
export const rest = Schema.Record({ key: Schema.String, value: Schema.Unknown })
