import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { clean, type SecretShape, shapeOf, unsendable } from "../../src/Profile/secretText.ts"

const key = `sk-ant-api03-${"k".repeat(80)}-AA`
const token = `sk-ant-oat01-${"t".repeat(80)}-AA`
const cleaned = (text: string): string => Redacted.value(clean(Redacted.make(text)))

describe("clean", () => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ["nothing around it", key, key],
    ["double quotes", `"${key}"`, key],
    ["single quotes", `'${key}'`, key],
    ["backticks", `\`${key}\``, key],
    ["a line end", `${key}\r\n`, key],
    ["a byte order mark", `\ufeff${key}`, key],
    ["a byte order mark and quotes", `\ufeff"${key}"\r\n`, key],
    ["an export line", `export ANTHROPIC_API_KEY="${key}";`, key],
    ["an assignment", `ANTHROPIC_API_KEY=${key}`, key],
    ["a wrapped line", `${token.slice(0, 60)}\n  ${token.slice(60)}\n`, token],
    ["the padding of base64, which is no assignment", "dGVzdA==", "dGVzdA=="],
    ["capitals with the padding of base64", "AB_C=", "AB_C="],
    ["one quote, which may belong to it", `"${key}`, `"${key}`],
    ["quotes with nothing in them", `""`, ""]
  ]
  for (const [name, text, wanted] of rows) it(name, () => assert.strictEqual(cleaned(text), wanted))

  it("takes nothing from what is clean already", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,200}$/), (text) => cleaned(text) === text)
    ))
})

describe("unsendable", () => {
  const rows: ReadonlyArray<readonly [string, string, string | undefined]> = [
    ["a key", key, undefined],
    ["a passphrase", "correct horse battery", undefined],
    ["a zero-width space", "ab\u200bc", "character 3 is U+200B (a zero-width space)"],
    ["a dash of a word processor", "sk\u2013ant", "character 3 is U+2013 (an en dash)"],
    ["an escape", "ab\u001b[0m", "character 3 is U+001B (an escape character)"],
    ["a letter that is no ASCII", "clé", "character 3 is U+00E9"],
    ["a character of two code units", "a😀", "character 2 is U+1F600"],
    ["blanks and a byte order mark at its ends, which are cut off", ` \ufeff${key}\n`, undefined]
  ]
  for (const [name, text, wanted] of rows)
    it(name, () => assert.strictEqual(unsendable(Redacted.make(text)), wanted))

  it("is exactly what the HTTP client cannot carry as text", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        const isAscii = /^[\x20-\x7e]*$/.test(text.trim())
        return (unsendable(Redacted.make(text)) === undefined) === isAscii
      })
    ))
})

describe("shapeOf", () => {
  const rows: ReadonlyArray<readonly [string, SecretShape]> = [
    [key, "an API key"],
    [token, "a setup token"],
    ["sk-ant-oat01-short", "a token that is cut off"],
    [`sk-ant-ort01-${"r".repeat(80)}`, "a refresh token"],
    [`sk-ant-admin01-${"a".repeat(80)}`, "an admin key"],
    ["abc#def", "a login code that was not exchanged"],
    ["", "nothing"],
    ["two words", "several words"],
    ["sk-ant-...", "a placeholder"],
    ["sk-ant-…", "a placeholder"],
    ["sk-ant-api03-...", "a placeholder"],
    ["sk-ant-api03-xxxxxxxx", "a placeholder"],
    ["sk-ant-a...1234abcd", "a placeholder"],
    ["...", "a placeholder"],
    ["<your API key>", "a placeholder"],
    ["your-api-key-here", "a placeholder"],
    ["YOUR_ANTHROPIC_API_KEY", "a placeholder"],
    ["$ANTHROPIC_API_KEY", "a placeholder"],
    [["$", "{ANTHROPIC_API_KEY}"].join(""), "a placeholder"],
    ["sk-proxy-1234", "unknown"],
    ["my-proxy-key", "unknown"],
    ["yourself-key-2", "unknown"],
    ["dGVzdA==", "unknown"],
    ["a.b.c", "unknown"]
  ]
  for (const [text, shape] of rows)
    it(`${text.slice(0, 24)} is ${shape}`, () =>
      assert.strictEqual(shapeOf(Redacted.make(text)), shape))
})
