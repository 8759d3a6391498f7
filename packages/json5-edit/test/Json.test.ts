import * as Json from "@clawdbot/json5-edit/Json"
import * as Json5 from "@clawdbot/json5-edit/Json5"
import { maxLevels } from "@clawdbot/json5-edit/Nesting"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "fast-check"

const fault = (text: string) => Either.getOrUndefined(Either.flip(Json.parse(text)))

describe("JSON", () => {
  const broken: ReadonlyArray<readonly [string, number, number, string]> = [
    ["", 1, 1, "the file is empty"],
    [" \n", 1, 1, "the file is empty"],
    ['{"a": oops}', 1, 7, "it is not valid JSON from here on"],
    ['{\n  "a": 1,\n}', 3, 1, "it is not valid JSON from here on"],
    ['{"a" 1}', 1, 6, "it is not valid JSON from here on"],
    ['{"a": "x\ny"}', 1, 7, "it is not valid JSON from here on"],
    ['{"a":1} x', 1, 9, "it is not valid JSON from here on"],
    ["[1 2]", 1, 4, "it is not valid JSON from here on"],
    ["[1,]", 1, 4, "it is not valid JSON from here on"],
    ["{]", 1, 2, "it is not valid JSON from here on"],
    ["[01]", 1, 3, "it is not valid JSON from here on"],
    ['{1: "a"}', 1, 2, "it is not valid JSON from here on"],
    ['{"a":1,,"b":2}', 1, 8, "it is not valid JSON from here on"],
    ['{"a": [1, {"b":\n', 2, 1, "the text ends too early"],
    ['{"a": "b', 1, 7, "it is not valid JSON from here on"]
  ]
  for (const [text, line, column, problem] of broken) {
    it(`${JSON.stringify(text)}: ${line}:${column} ${problem}`, () => {
      assert.deepStrictEqual(fault(text), { _tag: "JsonFault", line, column, problem })
    })
  }

  it("what is valid has no fault, whatever is in it", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.json(), (text) => {
        assert.deepStrictEqual(Json.parse(text), Either.right(JSON.parse(text)))
      })
    )
  })

  it("a text that is cut off or garbled has its fault at a place that exists", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.json(),
        FastCheck.nat(),
        FastCheck.fullUnicode(),
        (text, at, put) => {
          const cut = at % (text.length + 1)
          for (const changed of [text.slice(0, cut), text.slice(0, cut) + put + text.slice(cut)]) {
            const found = fault(changed)
            if (found === undefined) continue
            const lines = changed.split("\n")
            assert.isTrue(found.line >= 1 && found.line <= lines.length)
            assert.isTrue(
              found.column >= 1 && found.column <= (lines[found.line - 1] ?? "").length + 1
            )
          }
        }
      )
    )
  })
})

describe("depth", () => {
  const nested = (levels: number, open = "[", close = "]") =>
    open.repeat(levels) + close.repeat(levels)
  const parsers: Readonly<
    Record<string, (text: string) => Either.Either<unknown, Omit<Json.JsonFault, "_tag">>>
  > = { JSON: Json.parse, JSON5: Json5.parse }

  for (const [name, parse] of Object.entries(parsers)) {
    it(`${name}: as many levels as any document has are read`, () => {
      assert.isTrue(Either.isRight(parse(nested(maxLevels))))
      assert.isTrue(Either.isRight(parse(nested(maxLevels / 2, '{"a":[', "]}"))))
    })

    it(`${name}: one more is refused with its place, however many follow`, () => {
      for (const levels of [maxLevels + 1, 10_000, 1_000_000]) {
        const refused = parse(`{\n "x": ${nested(levels)}}`)
        const { column, line, problem } = Either.getOrThrow(Either.flip(refused))
        assert.deepStrictEqual([line, column], [2, 6 + maxLevels])
        assert.strictEqual(problem, "the document is nested more than 200 levels deep here")
      }
    })

    it(`${name}: brackets in texts do not count`, () => {
      const text = JSON.stringify({ a: '\\"'.repeat(3) + "[".repeat(999), "[{'": "}" })
      assert.isTrue(Either.isRight(parse(text)))
    })

    it(`${name}: a quote that is escaped ends no text`, () => {
      const text = `["\\\\", "\\"${"[".repeat(999)}", "\\\\\\"${"[".repeat(999)}"]`
      assert.isTrue(Either.isRight(parse(text)))
    })
  }

  it("JSON5: neither do those in comments and single quotes", () => {
    const many = "[".repeat(999)
    const text = `{ // ${many}\n /* ${many} ' */ a: '\\'${many}', b: 'it"s' }`
    assert.isTrue(Either.isRight(Json5.parse(text)))
    assert.isTrue(Either.isLeft(Json5.parse(`{ // it's\n a: ${nested(201)} }`)))
  })

  // Looked at again from each of its characters this takes minutes: longer than a test may.
  it("a text that never closes anything is looked at once", () => {
    assert.isTrue(Either.isLeft(Json5.parse('"'.repeat(1_000_001))))
    assert.isTrue(Either.isLeft(Json.parse("/".repeat(1_000_000))))
    assert.isTrue(Either.isLeft(Json.parse(`"${"\\".repeat(1_000_001)}`)))
  })
})
