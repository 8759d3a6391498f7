import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import {
  columns,
  jsonLines,
  linesOf,
  paints,
  toScreen,
  toTable,
  toTerminal
} from "../../src/terminal/lines.ts"

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const texts = fc.oneof(
  fc.string(),
  fc.string16bits(),
  fc.constantFrom("\u001b[31mred\u001b[0m", "a\nFAKE", "\u202eabc", "\u001b[31;0m")
)

describe("lines for a terminal", () => {
  it("hold nothing that a terminal obeys but their ends, whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(texts), (lines) => {
        const written = toTerminal(lines)
        assert.strictEqual(written.split("\n").length, lines.length + 1)
        assert.notMatch(written.replaceAll("\n", ""), hidden)
      })
    )
  })

  it("keep our own colours, and no others", () => {
    const { bad } = paints(true)
    assert.strictEqual(
      toTerminal(`${bad("a\u001b[32mb")} c\u001b[0m`),
      "\u001b[31ma\\u001b[32mb\u001b[0m c\\u001b[0m\n"
    )
    assert.strictEqual(toTerminal(paints(false).bad("a")), "a\n")
    assert.strictEqual(columns(bad("abc\n")), 5)
  })

  it("redrawn in place clear what stood there, and never roll the screen", () => {
    const { bad } = paints(true)
    const lines = [bad("one"), "x".repeat(25), "three", "four"]
    // The second takes three rows of ten columns: with the last row for the cursor, two fit.
    const shown = toScreen(lines, { width: 10, height: 5 })
    assert.strictEqual(
      shown,
      `\u001b[H\u001b[31mone\u001b[0m\u001b[K\n${"x".repeat(25)}\u001b[K\n\u001b[J`
    )
    assert.include(toScreen(lines, { width: 80, height: 24 }), "four\u001b[K\n\u001b[J")
  })

  it("of a document mean the document", () => {
    fc.assert(
      fc.property(fc.dictionary(texts, texts), (value) => {
        assert.deepStrictEqual(JSON.parse(toTerminal(jsonLines(value))), { ...value })
      })
    )
  })

  it("of a table have a tab between cells and nowhere else", () => {
    assert.strictEqual(toTable([["a\tb", "c\n"], ["d"]]), "a\\tb\tc\\n\nd\n")
  })

  it("of a text of lines are those lines", () => {
    assert.deepStrictEqual(linesOf("a\r\n\nb\n"), ["a", "", "b"])
  })
})
