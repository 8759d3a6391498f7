import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { pages } from "./documented/commandLines.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
describe("pages", () => {
  for (const page of pages) {
    it(`${page}: every link inside the project leads somewhere`, () => {
      const text = fs.readFileSync(`${root}/${page}`, "utf8")
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        assert.isTrue(
          fs.existsSync(path.resolve(root, path.dirname(page), target)),
          `${page} -> ${target}`
        )
      }
    })
  }

  for (const page of ["docs/guarantees.md", "SECURITY.md"]) {
    it(`${page} names test files that exist`, () => {
      const text = fs.readFileSync(`${root}/${page}`, "utf8")
      for (const [, file = ""] of text.matchAll(
        /`((?:domain|json5-edit|node|http|cli|testing)\/(?:test|src)[^`]*\.ts)`/g
      )) {
        assert.isTrue(fs.existsSync(`${root}/packages/${file}`), file)
      }
    })
  }

  it("SECURITY.md names a test in every row", () => {
    const text = fs.readFileSync(`${root}/SECURITY.md`, "utf8")
    const rows = text.split("\n").filter((line) => /^\| (?!Who |---)/.test(line))
    assert.isAbove(rows.length, 10)
    for (const row of rows) assert.match(row, /`\w+\/test\/[^`]+\.test\.ts`/)
  })
})
