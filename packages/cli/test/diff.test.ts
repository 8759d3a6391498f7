import { maskText } from "@clawdbot/domain/Config/masking"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Diff from "../src/diff.ts"

const unified = (...given: Parameters<typeof Diff.unified>): string =>
  Diff.unified(...given).join("\n")

/** Applies a diff the way `patch` does, to prove that it tells everything. */
const patch = (before: string, diff: string): string => {
  const source = before === "" ? [] : before.replace(/\n$/, "").split("\n")
  const out: Array<string> = []
  let at = 0
  for (const line of diff.split("\n").slice(2)) {
    const head = /^@@ -(\d+)(?:,(\d+))? /.exec(line)
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === "0" ? 0 : 1)
      while (at < start) out.push(source[at++] ?? "")
    } else if (line.startsWith("+")) out.push(line.slice(1))
    else {
      assert.strictEqual(source[at], line.slice(1))
      if (line.startsWith(" ")) out.push(line.slice(1))
      at++
    }
  }
  while (at < source.length) out.push(source[at++] ?? "")
  return out.join("\n")
}

describe("diff", () => {
  it("shows what changed with three lines around it", () => {
    const before = "a\nb\nc\nd\ne\nf\ng\nh\n"
    const after = "a\nb\nc\nd\nE\nf\ng\nh\n"
    assert.strictEqual(
      unified(before, after, { name: "x" }),
      "--- x\n+++ x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h"
    )
  })

  it("starts a new file from nothing", () => {
    assert.strictEqual(
      unified("", "{}\n", { name: "x" }),
      "--- /dev/null\n+++ x\n@@ -0,0 +1 @@\n+{}"
    )
  })

  it("tells everything that changed", () => {
    const line = fc.constantFrom("a", "b", "c", "d")
    const text = fc
      .array(line, { maxLength: 24 })
      .map((lines) => (lines.length === 0 ? "" : `${lines.join("\n")}\n`))
    fc.assert(
      fc.property(text, text, (before, after) => {
        if (before === after) return unified(before, after, { name: "x" }) === ""
        return patch(before, unified(before, after, { name: "x" })) === after.replace(/\n$/, "")
      })
    )
  })

  it("shows a changed secret as a changed line, never as itself", () => {
    const old = "sk-ant-api03-OLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLDOLD"
    const diff = unified(
      `{\n  k: { apiKey: "${old}" }\n}\n`,
      '{\n  k: { apiKey: "short-one-9" }\n}\n',
      {
        name: "x",
        show: maskText
      }
    )
    assert.notInclude(diff, old)
    assert.notInclude(diff, "short-one-9")
    assert.strictEqual(diff.split("\n").filter((line) => /^[-+] /.test(line)).length, 2)
  })
})
