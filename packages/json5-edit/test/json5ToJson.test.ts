import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { toJson } from "@clawdbot/json5-edit/json5ToJson"
import { document } from "@clawdbot/testing/Config/json5Arbitrary"
import { assert, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import JSON5 from "json5"

const agrees = (text: string) => {
  const json = toJson(text)
  const short =
    json === undefined ? Either.left(undefined) : Either.try((): unknown => JSON.parse(json))
  if (Either.isRight(short)) assert.isTrue(JsonValue.equals(JSON5.parse(text), short.right), text)
  return Either.isRight(short)
}

it("agrees with json5 on valid documents", () => {
  let taken = 0
  fc.assert(
    fc.property(document, ({ text }) => {
      if (agrees(text)) taken++
    }),
    { numRuns: 3000 }
  )
  assert.isAbove(taken, 300)
})

it("never accepts what json5 refuses", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "a",
    "1",
    "-1",
    ".5",
    "01",
    "0x1",
    "'b'",
    '"c"',
    '"',
    "'",
    "//x\n",
    "/**/",
    "/*",
    " ",
    "\n",
    "null",
    "+",
    "\\",
    "\u2028",
    "\uFEFF"
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      agrees(pieces.join(""))
    }),
    { numRuns: 20_000 }
  )
})

it("takes the JSON5 people write", () => {
  assert.strictEqual(toJson("{ // c\n a: 'x', \"b\": [1, 2,], }"), '{"a":"x","b":[1 ,2 ]}')
})
