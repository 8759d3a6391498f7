/** The page about the library shows the examples that are compiled and run. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (file: string): string =>
  fs.readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8")

describe("docs/library.md", () => {
  for (const file of [
    "anthropic-sdk/fetch.ts",
    "effect-ai/main.ts",
    "effect-service/Assistant.ts",
    "effect-service/main.ts",
    "effect-service/Assistant.test.ts"
  ])
    it(`shows examples/${file} as it is`, () => {
      assert.include(read("docs/library.md"), read(`examples/${file}`).trim())
    })
})
