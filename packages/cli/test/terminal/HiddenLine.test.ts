import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as HiddenLine from "../../src/terminal/HiddenLine.ts"

const typed = (...chunks: ReadonlyArray<string>) => chunks.reduce(HiddenLine.step, HiddenLine.empty)

/** A text cut at some places. */
const cut = (text: string, places: ReadonlyArray<number>): ReadonlyArray<string> => {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...at, text.length].map((end, index) => text.slice(at[index - 1] ?? 0, end))
}

const secret = fc.stringMatching(/^[A-Za-z0-9_-]{1,120}$/)

describe("a hidden line", () => {
  const cases: ReadonlyArray<
    readonly [string, ReadonlyArray<string>, string, HiddenLine.HiddenLine["end"]]
  > = [
    ["letters and Enter", ["a", "b", "\r"], "ab", "entered"],
    ["a paste and Enter", ["abc", "\r"], "abc", "entered"],
    ["a paste that ends with a line break", ["abc\r"], "abc", "perhaps"],
    ["a paste of two lines", ["abc\rdef"], "abc\ndef", "open"],
    ["a paste of two lines in two parts", ["abc\r", "def", "\r"], "abc\ndef", "entered"],
    ["line breaks of Windows", ["abc\r\ndef", "\r"], "abc\ndef", "entered"],
    ["a correction", ["abx", "\u007f", "c", "\r"], "abc", "entered"],
    ["a correction of nothing", ["\u007f", "a", "\r"], "a", "entered"],
    ["a new beginning", ["wrong", "\u0015", "right", "\r"], "right", "entered"],
    ["arrow keys", ["a", "\u001b[D", "b", "\u001bOC", "\r"], "ab", "entered"],
    ["an arrow key that comes in parts", ["a\u001b", "[", "Db", "\r"], "ab", "entered"],
    ["Ctrl-C", ["abc", "\u0003"], "", "cancelled"],
    ["Ctrl-D", ["\u0004"], "", "cancelled"],
    ["other control keys", ["a\u0001b\u0000c", "\r"], "abc", "entered"],
    ["a marked paste", ["\u001b[200~abc\ndef\u001b[201~", "\r"], "abc\ndef", "entered"],
    [
      "a marked paste that ends with a line break",
      ["\u001b[200~abc\n\u001b[201~"],
      "abc\n",
      "open"
    ],
    [
      "Ctrl-C inside a marked paste is no key",
      ["\u001b[200~a\u0003b\u001b[201~", "\r"],
      "ab",
      "entered"
    ],
    ["keys after the end", ["a", "\r", "b"], "a", "entered"]
  ]
  for (const [name, chunks, text, end] of cases) {
    it(name, () => {
      const line = typed(...chunks)
      assert.strictEqual(line.text, text)
      assert.strictEqual(line.end, end)
    })
  }

  it("a line break that may be Enter is Enter when nothing follows", () => {
    assert.strictEqual(HiddenLine.settle(typed("abc\r")).end, "entered")
    assert.strictEqual(HiddenLine.settle(typed("abc")).end, "open")
  })

  it("a marked paste is the same however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (lines, places) => {
          const text = lines.join("\n")
          const line = typed(...cut(`\u001b[200~${text}\u001b[201~`, places), "\r")
          assert.strictEqual(line.text, text)
          assert.strictEqual(line.end, "entered")
        }
      )
    )
  })

  it("a paste without line breaks is the same however it is cut", () => {
    fc.assert(
      fc.property(secret, fc.array(fc.nat(), { maxLength: 8 }), (text, places) => {
        const line = typed(...cut(text, places), "\r")
        assert.strictEqual(line.text, text)
        assert.strictEqual(line.end, "entered")
      })
    )
  })

  it("stays bounded", () => {
    assert.isAtMost(typed("x".repeat(100_000)).text.length, 16_384)
  })
})
