import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import * as SyntaxTree from "@clawdbot/json5-edit/SyntaxTree"
import { document, jsonValue, paths } from "@clawdbot/testing/Config/json5Arbitrary"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import JSON5 from "json5"

const parsed = (text: string) =>
  Either.getOrThrowWith(Json5Document.parse(text), (fault) => new Error(fault.problem))
const edited = (result: Either.Either<Json5Document.Json5Document, Json5Document.EditFault>) =>
  Either.getOrThrowWith(result, (fault) => new Error(fault.problem)).text
const runs = { numRuns: 400 }

describe("properties", () => {
  it("a document means what json5 says", () => {
    fc.assert(
      fc.property(document, ({ text, value }) => {
        assert.isTrue(JsonValue.equals(parsed(text).value, value))
      }),
      runs
    )
  })

  it("a replaced value changes nothing but its own bytes", () => {
    fc.assert(
      fc.property(document, jsonValue, fc.nat(), (written, value, pick) => {
        const all = paths(written.value)
        fc.pre(all.length > 0)
        const path = all[pick % all.length] ?? []
        const before = parsed(written.text)
        const after = edited(Json5Document.set(before, path, value))
        assert.isTrue(
          JsonValue.equals(JSON5.parse(after), JsonValue.set(written.value, path, value))
        )
        const { node } = SyntaxTree.follow(Json5Document.tree(before), path)
        assert.strictEqual(after.slice(0, node.start), written.text.slice(0, node.start))
        assert.isTrue(after.endsWith(written.text.slice(node.end)))
      }),
      runs
    )
  })

  it("a new key keeps every byte that was there", () => {
    fc.assert(
      fc.property(
        document,
        jsonValue,
        fc.nat(),
        fc.constantFrom("new", "a.new", "it's"),
        (written, value, pick, name) => {
          const all = [[], ...paths(written.value)].filter((path) =>
            JsonValue.isObject(JsonValue.get(written.value, path))
          )
          const path = [...(all[pick % all.length] ?? []), name]
          const before = parsed(written.text)
          const after = edited(Json5Document.set(before, path, value))
          assert.isTrue(
            JsonValue.equals(JSON5.parse(after), JsonValue.set(written.value, path, value))
          )
          // What was there is a subsequence of what is there now, blanks aside.
          let at = 0
          for (const character of written.text.replace(/\s/g, "")) {
            at = after.indexOf(character, at) + 1
            assert.isAbove(at, 0)
          }
          const comments = Json5Document.tree(before).comments.length
          assert.strictEqual(Json5Document.tree(parsed(after)).comments.length, comments)
        }
      ),
      runs
    )
  })

  it("a list grows at its end", () => {
    fc.assert(
      fc.property(document, jsonValue, fc.nat(), (written, value, pick) => {
        const all = paths(written.value).filter((path) =>
          Array.isArray(JsonValue.get(written.value, path))
        )
        fc.pre(all.length > 0)
        const list = all[pick % all.length] ?? []
        const items = JsonValue.get(written.value, list)
        const path = [...list, Array.isArray(items) ? items.length : 0]
        const after = edited(Json5Document.set(parsed(written.text), path, value))
        assert.isTrue(
          JsonValue.equals(JSON5.parse(after), JsonValue.set(written.value, path, value))
        )
      }),
      runs
    )
  })

  it("a removed key takes no comment of its neighbours along", () => {
    fc.assert(
      fc.property(document, fc.nat(), (written, pick) => {
        const all = paths(written.value)
        fc.pre(all.length > 0)
        const path = all[pick % all.length] ?? []
        const before = parsed(written.text)
        const after = edited(Json5Document.unset(before, path))
        assert.isTrue(JsonValue.equals(JSON5.parse(after), JsonValue.unset(written.value, path)))
        const tree = Json5Document.tree(before)
        const twice =
          new Set(paths(written.value).map((entry) => entry.join("\0"))).size !==
          paths(written.value).length
        if (
          !twice &&
          !/(\/\/|\/\*)/.test(JSON.stringify(JsonValue.get(written.value, path) ?? null))
        ) {
          const left = Json5Document.tree(parsed(after)).comments.length
          assert.isAtMost(left, tree.comments.length)
        }
      }),
      runs
    )
  })

  it("the difference of two values, applied, gives the second", () => {
    fc.assert(
      fc.property(document, jsonValue, fc.nat(), fc.nat(), (written, value, pick, gone) => {
        const all = [[], ...paths(written.value)].filter((path) =>
          JsonValue.isObject(JsonValue.get(written.value, path))
        )
        const added = JsonValue.set(
          written.value,
          [...(all[pick % all.length] ?? []), "new"],
          value
        )
        const rest = paths(added)
        const wanted = JsonValue.unset(added, rest[gone % rest.length] ?? ["none"])
        const result = Json5Document.apply(
          parsed(written.text),
          Json5Document.difference(written.value, wanted)
        )
        assert.isTrue(JsonValue.equals(JSON5.parse(edited(result)), wanted))
      }),
      runs
    )
  })
})

describe("the hand of the document", () => {
  const rows: ReadonlyArray<
    readonly [
      name: string,
      before: string,
      path: ReadonlyArray<string | number>,
      value: unknown,
      after: string
    ]
  > = [
    [
      "a new document",
      "{}\n",
      ["agents", "defaults", "model"],
      { primary: "m" },
      '{\n  "agents": {\n    "defaults": {\n      "model": {\n        "primary": "m"\n      ' +
        "}\n    }\n  }\n}\n"
    ],
    [
      "bare keys, single quotes, tabs",
      "{\n\ta: 'x',\n}\n",
      ["b"],
      { c: "it's" },
      "{\n\ta: 'x',\n\tb: {\n\t\tc: 'it\\'s',\n\t},\n}\n"
    ],
    [
      "a comment behind the last entry",
      "{\n  a: 1 // one\n}",
      ["b"],
      2,
      "{\n  a: 1, // one\n  b: 2\n}"
    ],
    ["one line", "{ a: 1 }", ["b"], [1, 2], "{ a: 1, b: [1, 2] }"],
    ["one line without blanks", '{"a":1}', ["b"], 2, '{"a":1,"b": 2}'],
    ["CRLF", '{\r\n  "a": 1\r\n}\r\n', ["b"], 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'],
    [
      "a list on several lines",
      "{\n  a: [\n    1, // one\n  ],\n}",
      ["a", 1],
      2,
      "{\n  a: [\n    1, // one\n    2,\n  ],\n}"
    ],
    ["a list on one line", "{ a: [1] }", ["a", 1], 2, "{ a: [1, 2] }"],
    ["the last of two keys", "{ a: 1, a: 2 }", ["a"], 3, "{ a: 1, a: 3 }"],
    [
      "an empty object with a comment",
      "{\n  a: {\n    // nothing yet\n  }\n}",
      ["a", "b"],
      1,
      "{\n  a: {\n    // nothing yet\n    b: 1\n  }\n}"
    ]
  ]
  for (const [name, before, path, value, after] of rows) {
    it(name, () => {
      assert.strictEqual(edited(Json5Document.set(parsed(before), path, value)), after)
    })
  }

  const removals: ReadonlyArray<
    readonly [name: string, before: string, path: ReadonlyArray<string | number>, after: string]
  > = [
    [
      "a line of its own",
      "{\n  a: 1,\n  // two\n  b: 2,\n  c: 3\n}",
      ["b"],
      "{\n  a: 1,\n  // two\n  c: 3\n}"
    ],
    ["the last line", '{\n  "a": 1,\n  "b": 2\n}\n', ["b"], '{\n  "a": 1\n}\n'],
    ["the only one", "{ a: { b: 1 } }", ["a", "b"], "{ a: {} }"],
    ["in a line", "{ a: 1, b: 2, c: 3 }", ["b"], "{ a: 1, c: 3 }"],
    ["the last in a line", "{ a: 1, b: 2 }", ["b"], "{ a: 1 }"],
    ["a position of a list", "{ a: [1, 2, 2] }", ["a", 1], "{ a: [1, 2] }"],
    ["every one of two keys", "{ a: 1, b: 2, a: 3 }", ["a"], "{ b: 2 }"]
  ]
  for (const [name, before, path, after] of removals) {
    it(`removes ${name}`, () => {
      assert.strictEqual(edited(Json5Document.unset(parsed(before), path)), after)
    })
  }
})

describe("refusals", () => {
  it("nothing can stand inside a scalar", () => {
    const result = Json5Document.set(parsed("{ a: { b: 5 } }"), ["a", "b", "c"], 1)
    assert.deepStrictEqual(Either.flip(result).pipe(Either.getOrThrow), {
      path: ["a", "b", "c"],
      problem: "a.b is a number, so it cannot contain anything"
    })
  })
  it("a position beyond the end of a list", () => {
    const result = Json5Document.set(parsed("{ a: [1] }"), ["a", 5], 1)
    assert.include(
      Either.getOrThrow(Either.flip(result)).problem,
      'a is a list of 1; "5" is not an index'
    )
  })
  it("a __proto__ key is an ordinary key", () => {
    assert.strictEqual(
      edited(Json5Document.set(parsed("{ a: 1 }"), ["__proto__", "b"], 2)),
      "{ a: 1, __proto__: { b: 2 } }"
    )
  })
  it("a value that would be nested deeper than documents are read", () => {
    const path = Array.from({ length: 250 }, () => "a")
    const refused = Either.getOrThrow(Either.flip(Json5Document.set(parsed("{}"), path, 1)))
    assert.include(refused.problem, "more than 200 levels deep")
    const deep = JSON.parse(`${"[".repeat(250)}${"]".repeat(250)}`)
    assert.isTrue(Either.isLeft(Json5Document.set(parsed("{}"), ["a"], deep)))
  })
})

describe("keys", () => {
  it("may be written with escapes, and with quotes of either kind", () => {
    const text = String.raw`{ "\u0061\"": 1, 'it\'s': 2, \u0063d: 3, "}": 4 }`
    const document = parsed(text)
    const names = SyntaxTree.container(Json5Document.tree(document).root)?.entries.map(
      ({ name }) => name
    )
    assert.deepStrictEqual(names, ['a"', "it's", "cd", "}"])
    assert.strictEqual(
      edited(Json5Document.set(document, ["cd"], "}")),
      text.replace(": 3", ': "}"')
    )
  })
  it("may stand twice, also __proto__: the last one is in force", () => {
    assert.strictEqual(
      edited(Json5Document.set(parsed("{ __proto__: 1, __proto__: 2 }"), ["__proto__"], 3)),
      "{ __proto__: 1, __proto__: 3 }"
    )
  })
})

describe("faults", () => {
  const rows: ReadonlyArray<
    readonly [text: string, line: number, column: number, problem: string]
  > = [
    ["", 1, 1, "the file is empty"],
    ["{\n  a: 1\n  b: 2\n}", 3, 3, "a comma is missing before this"],
    ["{ agents: { defaults: }", 1, 23, "a value is missing before this }"],
    ["{ a: [1, 2", 1, 11, "the text ends too early"],
    ["{ a: 1,, b: 2 }", 1, 8, "there is an extra comma here"],
    ["{ a: % }", 1, 6, '"%" does not belong here']
  ]
  for (const [text, line, column, problem] of rows) {
    it(`${JSON.stringify(text)}: ${problem}`, () => {
      const fault = Either.getOrThrow(Either.flip(Json5Document.parse(text)))
      assert.deepStrictEqual(
        { line: fault.line, column: fault.column, problem: fault.problem },
        { line, column, problem }
      )
      assert.isDefined(fault.cure)
    })
  }
})
