import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Lenient from "../../src/Document/lenient.ts"
import * as HealthDocument from "../../src/Health/HealthDocument.ts"

const parse = (text: string): unknown => JSON.parse(text)

const Known = Lenient.open(
  Schema.Struct({ name: Schema.String, size: Lenient.optional(Schema.Number) })
)
const decode = Schema.decodeUnknownOption(Known)
const encode = Schema.encodeSync(Known)

describe("a struct that is open", () => {
  it("keeps every field it does not know, whatever its name, and writes it back", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.dictionary(
          FastCheck.oneof(
            FastCheck.string(),
            FastCheck.constantFrom("__proto__", "constructor", "toString")
          ),
          FastCheck.jsonValue()
        ),
        (others) => {
          const text = JSON.stringify({ ...others, name: "n", size: 1 })
          const read = Option.getOrThrow(decode(parse(text)))
          assert.deepStrictEqual(encode(read), parse(text))
          assert.strictEqual(read.name, "n")
        }
      )
    )
  })

  it("takes nothing from a field named __proto__ for a field that is absent", () => {
    const read = Option.getOrThrow(decode(parse('{"name":"n","__proto__":{"size":7}}')))
    assert.isUndefined(read.size)
    assert.strictEqual(JSON.stringify(encode(read)), '{"name":"n","__proto__":{"size":7}}')
    assert.isTrue(Option.isNone(decode(parse('{"__proto__":{"name":"n"}}'))))
    for (const none of ["[]", "null", '"x"', "1"]) assert.isTrue(Option.isNone(decode(parse(none))))
  })
})

describe("one of several structs", () => {
  const one = Lenient.oneOf(
    Schema.Struct({ type: Schema.Literal("a"), size: Schema.Number }),
    Schema.Struct({ type: Schema.Literal("b"), name: Schema.String })
  )

  it("is the one that decodes, and is written back", () => {
    const values: ReadonlyArray<typeof one.Type> = [
      { type: "a", size: 1 },
      { type: "b", name: "n" }
    ]
    for (const value of values) {
      const read = Schema.decodeUnknownSync(one)(value)
      assert.deepStrictEqual(read, value)
      assert.deepStrictEqual(Schema.encodeSync(one)(read), value)
    }
  })

  it("is none of them where what tells them apart cannot be made text of", () => {
    const read = Schema.decodeUnknownOption(one)
    for (const type of [{ toString: 1, valueOf: 1 }, { toString: null }, ["a"], null, "c"])
      assert.isTrue(Option.isNone(read({ type, size: 1, name: "n" })))
  })
})

describe("objects whose keys are data", () => {
  it("hold a key named __proto__ like any other", () => {
    const text = '{"a":1,"__proto__":2}'
    const numbers = Schema.decodeUnknownSync(Lenient.record(Schema.Number))(parse(text))
    assert.deepStrictEqual(Object.entries(numbers), [
      ["a", 1],
      ["__proto__", 2]
    ])
    assert.strictEqual(
      JSON.stringify(Schema.encodeSync(Lenient.record(Schema.Number))(numbers)),
      text
    )
    const entries = Schema.decodeUnknownSync(Lenient.map(Schema.String, Schema.Number))(parse(text))
    assert.deepStrictEqual([...entries.keys()], ["a", "__proto__"])
  })

  it("decode as a whole, or leave out what does not", () => {
    const text = '{"a":1,"b":"x"}'
    const strict = Schema.decodeUnknownOption(Lenient.record(Schema.Number))
    assert.isTrue(Option.isNone(strict(parse(text))))
    const some = Schema.decodeUnknownSync(Lenient.map(Schema.String, Schema.Number))(parse(text))
    assert.deepStrictEqual([...some], [["a", 1]])
  })
})

it("a health file keeps fields named __proto__ wherever they are", () => {
  const inside = (name: string) => `"__proto__":{"${name}":1}`
  const text = `{"version":1,"profiles":{"a":{"secretFingerprint":"f","ladder":{"count":1,"lastFailureAt":0,"byClass":{"__proto__":3},${inside("l")}},"windows":[{"scope":"credential","until":4000000000000,"class":"rate_limit","source":"ladder","observedAt":1,${inside("w")}}]}}}`
  const again = JSON.stringify(HealthDocument.encode(HealthDocument.decode(parse(text))))
  for (const piece of ['"__proto__":3', inside("l"), inside("w")]) assert.include(again, piece)
})
