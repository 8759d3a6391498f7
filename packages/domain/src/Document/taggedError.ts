/** Errors that are schemas, whose schemas are built when one is first read or written. */
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"

/** The members of a class of `Schema.TaggedError` that need its schema. */
const members = [
  "annotations",
  "ast",
  "extend",
  "fields",
  "identifier",
  "make",
  "pipe",
  "toString",
  "transformOrFail",
  "transformOrFailFrom"
]

/** The base of all of them, which asks the schema of the class that is looked at. */
class TaggedErrorBase extends Data.Error<{ readonly _tag: string }> {
  static readonly [Schema.TypeId] = Schema.String[Schema.TypeId]

  /** The class of `Schema.TaggedError` that an error stands for. */
  static readonly schema: () => object = () => ({})
}
for (const member of members)
  Object.defineProperty(TaggedErrorBase, member, {
    get(this: typeof TaggedErrorBase): unknown {
      return Reflect.get(this.schema(), member, this)
    }
  })

/**
 * `Schema.TaggedError`, whose fields are a function: a command knows some ninety errors, meets none
 * of them, and would take a tenth of its time to build their schemas. The fields of a new error are
 * checked by its type alone, and an error says itself what its `message` is.
 */
export const taggedError =
  <Self>() =>
  <Tag extends string, Fields extends Schema.Struct.Fields>(tag: Tag, fields: () => Fields) => {
    let built: object | undefined
    class Tagged extends TaggedErrorBase {
      static readonly _tag = tag
      static override readonly schema = () => {
        built ??= Schema.TaggedError<unknown>()(tag, fields())
        return built
      }

      constructor(given: object = {}) {
        super({ ...given, _tag: tag })
      }
    }
    Object.defineProperty(Tagged.prototype, "name", { value: tag, writable: true })
    // Whatever the type says of the class is there: by `TaggedErrorBase`.
    return Tagged as unknown as Schema.TaggedErrorClass<
      Self,
      Tag,
      { readonly _tag: Schema.tag<Tag> } & Fields
    >
  }
