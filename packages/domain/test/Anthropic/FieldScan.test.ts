import { FieldScan } from "@clawdbot/domain/Anthropic/FieldScan"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { counted, cut } from "./chunkings.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const paths = [["id"], ["container", "id"], ["a", "b", "c"]] as const

/** What is found in bytes that come in these chunks. */
const found = (chunks: Iterable<Uint8Array>): ReadonlyArray<readonly [number, string]> => {
  const all: Array<readonly [number, string]> = []
  const scan = new FieldScan(paths, (position, text) => void all.push([position, text]))
  for (const chunk of chunks) scan.push(chunk)
  return all
}

/** The text at a path of a document, or undefined. */
const textAt = (value: unknown, path: ReadonlyArray<string>): string | undefined => {
  const [key, ...rest] = path
  if (key === undefined) return typeof value === "string" ? value : undefined
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? textAt(Reflect.getOwnPropertyDescriptor(value, key)?.value, rest)
    : undefined
}

/** A document that has something at the paths, or something else there, among anything. */
const key = fc.constantFrom("id", "container", "a", "b", "c", "x", 'q"', "\\", "")
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string(),
    fc.constantFrom("msg_1", '\\"', "\\\\", "é😀", "{", "]"),
    fc.jsonValue(),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: true })
  )
})).any

describe("FieldScan", () => {
  it("finds the texts at the paths, and nothing else, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }),
        fc.constantFrom(0, 2),
        fc.array(fc.nat(), { maxLength: 30 }),
        (document, indent, places) => {
          const text = JSON.stringify(document, null, indent)
          const expected = paths.flatMap((path, position) => {
            const at = textAt(document, path)
            return at === undefined ? [] : [[position, at] as const]
          })
          const all = bytes(text)
          const byPath = (chunks: Iterable<Uint8Array>) =>
            [...found(chunks)].sort(([one], [other]) => one - other)
          assert.deepStrictEqual(byPath([all]), expected)
          assert.deepStrictEqual(byPath(cut(all, places)), expected)
          assert.deepStrictEqual(byPath(Array.from(all, (byte) => Uint8Array.of(byte))), expected)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("tells a text as soon as it has ended", () => {
    const answer = '{ "type":"x", "counts":{"id":"inner"}, "\\u0069d": "msg\\u005f01", "more": 1 }'
    const end = answer.indexOf("01") + 3
    assert.deepStrictEqual(found([bytes(answer.slice(0, end))]), [[0, "msg_01"]])
    assert.deepStrictEqual(found([bytes(answer.slice(0, end - 1))]), [])
  })

  it("passes over texts and keys that are too long to be any, and goes on", () => {
    const long = "x".repeat(100_000)
    assert.deepStrictEqual(
      found([bytes(`{"${long}":"${long}","container":{"${long}":1,"id":"${long}"},"id":"y"}`)]),
      [[0, "y"]]
    )
  })

  it("looks at every byte a few times, however the bytes are cut, and keeps none of them", () => {
    const text = `{"x":"${"a\\\\".repeat(20_000)}","y":[${"[1,".repeat(5_000)}1${"]".repeat(5_001)},"id":"end"}`
    const costs = [1, 3, 64, 1_000, text.length].map((size) => {
      const counter = { count: 0 }
      const all = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        counted(bytes(text.slice(index * size, (index + 1) * size)), counter)
      )
      assert.deepStrictEqual(found(all), [[0, "end"]])
      return counter.count / text.length
    })
    for (const cost of costs) assert.isBelow(cost, 6, costs.join(" "))
  })

  it("never throws, and ends where the document does", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { maxLength: 10 }), (chunks) => void found(chunks))
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[{}[\]",:\\a id1]*$/), (text) => void found([bytes(text)]))
    )
    for (const text of ['{"a":1}{"id":"x"}', '[{"id":"x"}]', '"id"', "7 ", "{]", '{"id" "x"}'])
      assert.deepStrictEqual(found([bytes(text)]), [], text)
  })
})
