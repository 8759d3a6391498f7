import * as Include from "@clawdbot/domain/Config/Include"
import * as Provenance from "@clawdbot/domain/Config/Provenance"
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { jsonValue, paths } from "@clawdbot/testing/Config/json5Arbitrary"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "fast-check"

const resolve = (files: Readonly<Record<string, string>>) => {
  const main = Either.getOrThrow(Json5Document.parse(files["/c/main.json"] ?? "{}"))
  return Include.resolve({ file: "/c/main.json", value: main.value, home: "/home/me" }, (path) => {
    const text = files[path]
    return text === undefined ? Effect.fail({ code: "ENOENT" }) : Effect.succeed(text)
  })
}

describe("what includes give", () => {
  const rows: ReadonlyArray<
    readonly [name: string, files: Readonly<Record<string, string>>, value: unknown]
  > = [
    [
      "siblings go over what is included",
      {
        "/c/main.json": "{ $include: './b.json', a: { x: 1 } }",
        "/c/b.json": "{ a: { x: 0, y: 2 }, b: 3 }"
      },
      { a: { x: 1, y: 2 }, b: 3 }
    ],
    [
      "several from left to right, lists one behind the other",
      {
        "/c/main.json": "{ $include: ['a.json', 'b.json'] }",
        "/c/a.json": "{ l: [1], s: 'a' }",
        "/c/b.json": "{ l: [2], s: 'b' }"
      },
      { l: [1, 2], s: "b" }
    ],
    [
      "relative to the file that includes",
      {
        "/c/main.json": "{ a: { $include: 'p/a.json' } }",
        "/c/p/a.json": "{ b: { $include: '../q/b.json' } }",
        "/c/q/b.json": "{ c: 1 }"
      },
      { a: { b: { c: 1 } } }
    ],
    [
      "absolute and from the home folder",
      {
        "/c/main.json": "{ a: { $include: '/x/a.json' }, b: { $include: '~/b.json' } }",
        "/x/a.json": "1",
        "/home/me/b.json": "[2]"
      },
      { a: 1, b: [2] }
    ],
    [
      "inside lists",
      { "/c/main.json": "{ l: [{ $include: 'a.json' }, 2] }", "/c/a.json": "{ id: 1 }" },
      { l: [{ id: 1 }, 2] }
    ],
    ["no paths are an empty object", { "/c/main.json": "{ $include: [], a: 1 }" }, { a: 1 }],
    [
      "one file twice is no cycle",
      {
        "/c/main.json": "{ a: { $include: 'a.json' }, b: { $include: 'a.json' } }",
        "/c/a.json": "{ x: 1 }"
      },
      { a: { x: 1 }, b: { x: 1 } }
    ]
  ]
  for (const [name, files, value] of rows) {
    it.effect(name, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* resolve(files)).value, value)
      })
    )
  }
  it.effect("ten levels, and no more", () =>
    Effect.gen(function* () {
      const chain = (levels: number) =>
        Object.fromEntries(
          Array.from({ length: levels + 1 }, (_, index) => [
            index === 0 ? "/c/main.json" : `/c/${index}.json`,
            index === levels ? "{ end: true }" : `{ $include: './${index + 1}.json' }`
          ])
        )
      assert.deepStrictEqual((yield* resolve(chain(10))).value, { end: true })
      assert.include((yield* Effect.flip(resolve(chain(11)))).problem, "more than 10 levels")
    })
  )
})

describe("faults", () => {
  const rows: ReadonlyArray<
    readonly [name: string, files: Readonly<Record<string, string>>, file: string, problem: string]
  > = [
    [
      "missing",
      { "/c/main.json": "{ $include: './nope.json' }" },
      "/c/main.json",
      "the included file /c/nope.json cannot be read (ENOENT)"
    ],
    [
      "broken",
      { "/c/main.json": "{ $include: './b.json' }", "/c/b.json": "{ x:" },
      "/c/b.json",
      "the text ends too early"
    ],
    [
      "a number",
      { "/c/main.json": "{ $include: 5 }" },
      "/c/main.json",
      "$include must be a path or a list of paths, not a number"
    ],
    [
      "a number in the list",
      { "/c/main.json": "{ $include: ['a.json', 5] }", "/c/a.json": "{}" },
      "/c/main.json",
      "$include lists a number where a path is expected"
    ],
    [
      "siblings of a list",
      { "/c/main.json": "{ $include: 'a.json', b: 1 }", "/c/a.json": "[]" },
      "/c/main.json",
      "there are keys beside $include, but the included file holds a list, not an object"
    ],
    [
      "a cycle",
      { "/c/main.json": "{ $include: 'a.json' }", "/c/a.json": "{ $include: 'main.json' }" },
      "/c/a.json",
      "the files include one another: /c/main.json -> /c/a.json -> /c/main.json"
    ]
  ]
  for (const [name, files, file, problem] of rows) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const fault = yield* Effect.flip(resolve(files))
        assert.deepStrictEqual([fault.file, fault.problem], [file, problem])
      })
    )
  }
})

describe("provenance", () => {
  const part = fc.record({ own: jsonValue, a: jsonValue, model: jsonValue }, { requiredKeys: [] })
  it("every effective scalar stands at the place that is told for it", () => {
    fc.assert(
      fc.property(part, part, part, fc.boolean(), (main, one, two, nested) => {
        const files: Record<string, string> = {
          "/c/main.json": JSON.stringify({ ...main, $include: ["one.json", "two.json"] }),
          "/c/one.json": JSON.stringify(nested ? { ...one, deep: { $include: "two.json" } } : one),
          "/c/two.json": JSON.stringify(two)
        }
        const included = Effect.runSync(resolve(files))
        const documents = new Map(
          [...included.files].map(([file, document]) => [file, document.value])
        )
        const value: unknown = JSON.parse(files["/c/main.json"] ?? "{}")
        const origins = { file: "/c/main.json", value, home: "/home/me", files: included.files }
        for (const path of paths(included.value)) {
          const effective = JsonValue.get(included.value, path)
          const written = Provenance.trace(origins, path).at(-1)
          assert.isDefined(written, path.join("."))
          if (written === undefined || (typeof effective === "object" && effective !== null))
            continue
          const source = written.file === "/c/main.json" ? value : documents.get(written.file)
          assert.strictEqual(JsonValue.get(source, written.path), effective)
        }
        assert.deepStrictEqual(Provenance.trace(origins, ["nothing", "here"]), [])
      }),
      { numRuns: 300 }
    )
  })
})
