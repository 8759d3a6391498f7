/**
 * What the sections of the config are made of. The sections themselves are suspended: each is built
 * when a config first has it, as most configs have few of them and every command reads one.
 */
import * as Schema from "effect/Schema"

/** An optional key with its description. */
export const described = <A, I, R>(schema: Schema.Schema<A, I, R>, description: string) =>
  Schema.optional(schema.annotations({ description }))

/** A number above zero. */
export const PositiveNumber = Schema.Number.pipe(Schema.positive())
/** A text with something in it, without blanks around it. */
export const Text = Schema.NonEmptyTrimmedString.pipe(
  Schema.annotations({ identifier: "NonEmptyText" })
)

/** Keys of other programs, which are kept. */
export const rest = Schema.Record({ key: Schema.String, value: Schema.Unknown })
