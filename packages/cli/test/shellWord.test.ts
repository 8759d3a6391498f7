import { execFileSync } from "node:child_process"
import { shellWord } from "@clawdbot/domain/Text/shellWord"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const awkward = [
  "",
  "plain-1:2/3.4",
  "two words",
  "it's",
  "$(touch /tmp/x)",
  "`id`",
  "a;b&c|d>e",
  "~",
  "*",
  "back\\slash",
  "a\nb",
  "a\u001b[31mb'c\\d",
  "Zürich",
  "\u202Eabc",
  "-n",
  "!1"
]

/** A shell cannot pass a NUL on, and half a character is no text. */
const words = fc
  .string({ unit: "binary" })
  .filter((word) => !word.includes("\0") && !/\p{Surrogate}/u.test(word))

describe("a word of a command that is printed to be pasted", () => {
  it("is one word for bash, and the same one", (context) => {
    const all = [...awkward, ...fc.sample(words, 300)]
    // One shell for all of them.
    const script = all.map((word) => `printf '%s\\0' ${shellWord(word)}`).join("\n")
    let said: string
    try {
      said = execFileSync("bash", ["--noprofile", "--norc"], { encoding: "utf8", input: script })
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT")
        return context.skip("needs bash")
      throw cause
    }
    assert.deepStrictEqual(said.split("\0").slice(0, -1), all)
  })

  it("is left as it is where a shell reads nothing into it", () => {
    assert.strictEqual(shellWord("anthropic:work"), "anthropic:work")
    assert.strictEqual(shellWord("two words"), "'two words'")
  })
})
