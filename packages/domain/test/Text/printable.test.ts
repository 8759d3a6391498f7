import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { printable } from "../../src/Text/printable.ts"

describe("printable", () => {
  it.each([
    ["anthropic:work", "anthropic:work"],
    ["Grüße, 你好, Ελλάδα, 🥌", "Grüße, 你好, Ελλάδα, 🥌"],
    ["a\u001b]0;TITLE\u0007b", "a\\u001b]0;TITLE\\u0007b"],
    ["\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
    ["one\ntwo\r\nthree\tfour", "one\\ntwo\\r\\nthree\\tfour"],
    ["\u009b31m\u0085\u007f\u0000", "\\u009b31m\\u0085\\u007f\\u0000"],
    ["user\u202egpj.exe", "user\\u202egpj.exe"],
    ["\u2066a\u2069\u200e\u200f\u061c", "\\u2066a\\u2069\\u200e\\u200f\\u061c"],
    ["a\u200bb\u200dc\ufeffd\u00ade", "a\\u200bb\\u200dc\\ufeffd\\u00ade"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["tag\u{e0041}", "tag\\udb40\\udc41"],
    ["half\ud800", "half\\ud800"],
    ["\u3164blank\u115f", "\\u3164blank\\u115f"]
  ])("%j is shown as %s", (text, shown) => {
    assert.strictEqual(printable(text), shown)
  })

  const hidden = /[\p{C}\p{Zl}\p{Zp}]/u
  const texts = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.string16bits(),
    FastCheck.fullUnicodeString()
  )

  it("nothing of any text is hidden, and doing it twice changes nothing", () => {
    FastCheck.assert(
      FastCheck.property(texts, (text) => {
        const shown = printable(text)
        // Code points without a character, or for private use, are boxes: seen, and harmless.
        const seen = shown.replace(/[\p{Co}\p{Cn}]/gu, "")
        assert.notMatch(seen, hidden)
        assert.strictEqual(printable(shown), shown)
      }),
      { numRuns: 1_000 }
    )
  })

  it("a JSON document means the same afterwards", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.dictionary(texts, texts), (value) => {
        const text = JSON.stringify(value)
        assert.deepStrictEqual(JSON.parse(printable(text)), JSON.parse(text))
      })
    )
  })
})
