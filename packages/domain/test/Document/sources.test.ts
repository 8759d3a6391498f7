import { readFileSync } from "node:fs"
import * as ByPackage from "@clawdbot/domain/Document/defined"
import { assert, it } from "@effect/vitest"
import * as ByFile from "../../src/Document/defined.ts"

it("a source is one module, however it is imported", () => {
  assert.strictEqual(ByPackage.ifDefined, ByFile.ifDefined)
})

it("a stack names the line of the source", () => {
  const source = new URL("../../src/Document/defined.ts", import.meta.url)
  const lines = readFileSync(source, "utf8").split("\n")
  const line = lines.findIndex((text) => text.includes("return use(value)")) + 1
  const stack = ByFile.ifDefined(1, () => new Error("here").stack)
  assert.include(stack, `${source.pathname}:${line}:`)
})
