import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { pages } from "./documented/commandLines.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/**
 * A command that fetches a package by the name that another program has in npm's registry: a key on
 * its command line would go to that program.
 */
const fromRegistry = [
  /\b(?:npx|bunx|npm exec|(?:pnpm|yarn) dlx)(?: -\S*)* clawdbot\b/,
  /\b(?:npm|pnpm|yarn|bun) (?:i|install|add)(?: -\S*)*(?: @?[\w/-]+)* clawdbot(?![\w./-])/
]

/** What a person copies from: the pages, the examples, and the texts of the command. */
const sources = ["packages/cli/src", "examples", "scripts", "deploy"].flatMap((folder) =>
  fs
    .readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file))
    .map((file) => `${folder}/${file}`)
    .filter((file) => fs.statSync(`${root}/${file}`).isFile())
)

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

  it("nothing that a person copies asks npm for a package of this name", () => {
    const wrong = [
      'npx clawdbot onboard --anthropic-api-key "$KEY"',
      "npx -y clawdbot status",
      "npm exec -- clawdbot",
      "npm install -g clawdbot",
      "pnpm add clawdbot@latest"
    ]
    const isWrong = (text: string) => fromRegistry.some((one) => one.test(text))
    for (const text of wrong) assert.isTrue(isWrong(text), text)
    for (const text of ["npm i -g ./packages/cli", "npm install @clawdbot/fetch", "npx vitest"])
      assert.isFalse(isWrong(text), text)
    for (const file of [...pages, ...sources])
      assert.isFalse(isWrong(fs.readFileSync(`${root}/${file}`, "utf8")), file)
  })

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
