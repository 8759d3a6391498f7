/** Words that people try: each leads to a command that there is. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { check } from "../../src/commandLine/guard.ts"
import { otherNames } from "../../src/commandLine/wordsTried.ts"
import { root } from "../../src/root.ts"

describe("a word of another program", () => {
  for (const [word, meant] of otherNames) {
    it(`${word}: clawdbot ${meant}, which there is`, () => {
      const refused = check(root, [word])
      if (Either.isRight(refused)) return assert.fail(`clawdbot ${word} is a command`)
      assert.strictEqual(refused.left.suggestion, `clawdbot ${meant}`)
      const words = meant.split(" ")
      if (words[0] === "--version") return
      assert.isTrue(Either.isRight(check(root, [...words, "--help"])), meant)
    })
  }
})

describe("every command", () => {
  const leaves = (node: typeof root, path: ReadonlyArray<string>): ReadonlyArray<string> => [
    ...(node.parse === undefined ? [] : [path.join(" ")]),
    ...node.subcommands.flatMap((next) => leaves(next, [...path, next.name]))
  ]
  const withoutExamples = (
    node: typeof root,
    path: ReadonlyArray<string>
  ): ReadonlyArray<string> => [
    ...(node.parse === undefined || node.examples.length > 0 ? [] : [path.join(" ")]),
    ...node.subcommands.flatMap((next) => withoutExamples(next, [...path, next.name]))
  ]

  it("is found by its last word alone", () => {
    for (const command of leaves(root, []).filter((path) => path !== "")) {
      const [word = ""] = command.split(" ").slice(-1)
      const found = check(root, [word])
      if (Either.isRight(found) || command === word) continue
      assert.include(found.left.suggestion ?? "", word, command)
    }
  })

  it("has an example in its help", () => assert.deepStrictEqual(withoutExamples(root, []), []))
})
