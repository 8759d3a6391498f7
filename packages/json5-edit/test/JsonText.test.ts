import * as JsonText from "@clawdbot/json5-edit/JsonText"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"

/** Values of every shape, also under names that mean something to the language. */
const key = FastCheck.oneof(
  FastCheck.string({ maxLength: 4 }),
  FastCheck.constantFrom("__proto__", "constructor", "toString", "1", "0", "a", "b")
)
const { value } = FastCheck.letrec<{ value: unknown; list: unknown; object: unknown }>((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 3 },
    FastCheck.constantFrom(null, true, 0, -0, 1.5, 1e300),
    Arbitrary.make(Schema.String),
    tie("list"),
    tie("object")
  ),
  list: FastCheck.array(tie("value"), { maxLength: 3 }),
  object: FastCheck.array(FastCheck.tuple(key, tie("value")), { maxLength: 4 }).map(
    (entries): unknown => Object.fromEntries(entries)
  )
}))

const parse = (text: string): unknown => JSON.parse(text)
/** As it is in a file: there -0 is 0. */
const stored = value.map((made) => parse(JSON.stringify(made)))
const spaces = FastCheck.constantFrom(undefined, 2, "\t", 4)

describe("JsonText.change", () => {
  it("means what is wanted, whatever stood there", () => {
    FastCheck.assert(
      FastCheck.property(stored, stored, spaces, (before, wanted, space) => {
        const text = JsonText.change(JSON.stringify(before, null, space), wanted)
        assert.deepStrictEqual(parse(text), wanted)
      }),
      { numRuns: 500 }
    )
  })

  it("keeps the bytes of every member that is not changed", () => {
    FastCheck.assert(
      FastCheck.property(stored, stored, spaces, (kept, other, space) => {
        const before = JSON.stringify({ one: kept, two: { three: kept, four: 1 } }, null, space)
        const text = JsonText.change(before, { one: kept, two: { three: kept, four: 2 }, other })
        const tail = JSON.stringify({ other }, null, space).replace(/^\{|\}$/g, "")
        assert.strictEqual(
          text,
          before
            .replace(/("four": ?)1/, "$12")
            .replace(/\n?\}$/, (end) => `,${tail.replace(/\n$/, "")}${end}`)
        )
      })
    )
  })

  it("keeps numbers, doubled keys, order and blanks that a value cannot hold", () => {
    const before =
      ' { "b" : 12345678901234567890 , "a":1e400,\r\n "x": {"2":1,"1":1,"__proto__" :{ ' +
      '"k":-0.0}},"d":1,"d":[ 1,2 ], "last":0 }\n\n'
    const wanted = { ...Object(parse(before)), last: 1 }
    assert.strictEqual(JsonText.change(before, wanted), before.replace('"last":0', '"last":1'))
    const { d: _, ...rest } = wanted
    assert.strictEqual(
      JsonText.change(before, rest),
      before.replace('"d":1,"d":[ 1,2 ], ', " ").replace('"last":0', '"last":1')
    )
  })

  it.each([
    ['{"a":1}', '{"a":1,"b":{"c":[1]}}'],
    ['{ "a": 1 }', '{ "a": 1, "b":{"c":[1]} }'],
    ["{}", '{"a":1,"b":{"c":[1]}}'],
    ['{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "b": {\n    "c": [\n      1\n    ]\n  }\n}\n'],
    [
      '{\r\n\t"a": 1\r\n}',
      '{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}'
    ],
    ["no json", '{\n  "a": 1,\n  "b": {\n    "c": [\n      1\n    ]\n  }\n}\n']
  ])("writes what is new in the hand of the text: %j", (before, after) => {
    assert.strictEqual(JsonText.change(before, { a: 1, b: { c: [1] } }), after)
  })
})
