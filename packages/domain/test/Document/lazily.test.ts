/** Schemas that are built when something of them is first asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { lazily } from "../../src/Document/lazily.ts"

const counted = () => {
  let built = 0
  const schema = lazily(() => {
    built += 1
    return Schema.Struct({ name: Schema.String, age: Schema.optional(Schema.Number) })
  })
  return { schema, built: () => built }
}

describe("a schema that is built late", () => {
  it("is built once, and not by being made, handed on or exported", () => {
    const { built, schema } = counted()
    const held = [schema, { schema }]
    assert.strictEqual(held.length, 2)
    assert.strictEqual(built(), 0)
    assert.deepStrictEqual(Schema.decodeUnknownSync(schema)({ name: "a" }), { name: "a" })
    assert.throws(() => Schema.decodeUnknownSync(schema)({ name: 1 }))
    assert.strictEqual(built(), 1)
  })

  it("is a schema in every way: alone, within others, piped and annotated", () => {
    const { schema } = counted()
    assert.isTrue(Schema.isSchema(schema))
    assert.deepStrictEqual(Object.keys(schema.fields), ["name", "age"])
    const value = { name: "a", age: 1 }
    const all = Schema.Struct({
      ...schema.fields,
      one: schema,
      many: Schema.Array(schema),
      some: Schema.optional(schema)
    })
    const whole = { ...value, one: value, many: [value], some: value }
    assert.deepStrictEqual(Schema.decodeUnknownSync(all)(whole), whole)
    const named = schema.annotations({ identifier: "Named" })
    const text = Schema.parseJson(schema.pipe(Schema.filter(({ name }) => name !== "")))
    assert.include(String(named), "Named")
    assert.deepStrictEqual(Schema.decodeUnknownSync(text)('{"name":"a"}'), { name: "a" })
    assert.throws(() => Schema.decodeUnknownSync(text)('{"name":""}'))
    assert.deepStrictEqual(schema.make(value), value)
    assert.strictEqual(String(schema), String(Schema.Struct(schema.fields)))
  })
})
