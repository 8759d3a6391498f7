/**
 * Texts for users are plain technical English: what a reader would stumble over stands in no help,
 * no rendered text, on no page of the dashboard and in no page of the documents.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import type { CommandEffect } from "../src/CommandEffect.ts"
import type { CommandNode } from "../src/commandLine/definition.ts"
import { renderHelp } from "../src/help.ts"
import { root } from "../src/root.ts"

const repository = fileURLToPath(new URL("../../../", import.meta.url))
const read = (file: string): string => fs.readFileSync(path.join(repository, file), "utf8")
const filesOf = (folder: string, extension: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(repository, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name}`)

/** A credential is "cooling down", "no credential is available", an error is "reported". */
const idiom =
  /\b(?:nobody|somebody|told|rests|ask(?:s|ed)? of|says so already|what became of|answers next|passed over)\b/gi

const assertPlain = (name: string, text: string): void => {
  for (const line of text.split("\n"))
    assert.deepStrictEqual(line.match(idiom) ?? [], [], `${name}: ${line.trim()}`)
}

type Node = CommandNode<CommandEffect>

const helps = (
  node: Node,
  words: ReadonlyArray<string>
): ReadonlyArray<readonly [string, string]> => [
  [`${words.join(" ")} --help`, renderHelp(node, words, 200).join("\n")],
  ...node.subcommands.flatMap((below) => helps(below, [...words, below.name]))
]

/** A script without its comments and without names of attributes. */
const literalsOf = (script: string): string =>
  script
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/data-[\w-]+/g, "")

/** What a page says, without code. */
const proseOf = (page: string): string => page.replace(/```[\s\S]*?```|`[^`\n]*`/g, "")

describe("texts for users are plain", () => {
  it("in the help of every command", () => {
    const all = helps(root, ["clawdbot"])
    assert.isAbove(all.length, 40)
    for (const [name, text] of all) assertPlain(name, text)
  })

  it("in every rendered text", () => {
    const goldens = [
      ...filesOf("packages/cli/test/golden", ".txt"),
      ...filesOf("packages/domain/test/Config/golden", ".txt")
    ]
    assert.isAbove(goldens.length, 10)
    // Headings are names of cases.
    for (const file of goldens) assertPlain(file, read(file).replace(/^(?:##|==) .*$/gm, ""))
  })

  it("on the dashboard", () => {
    const page = "packages/http/src/dashboard/page"
    for (const file of filesOf(page, ".js")) assertPlain(file, literalsOf(read(file)))
    assertPlain(`${page}/index.html`, read(`${page}/index.html`))
  })

  it("in the config's schema, in the documents and on the first page", () => {
    assertPlain("clawdbot.schema.json", read("packages/cli/clawdbot.schema.json"))
    for (const file of [...filesOf("docs", ".md"), "README.md", "SECURITY.md"])
      assertPlain(file, proseOf(read(file)))
  })

  it("and what is looked for is found", () => {
    assert.throws(() => assertPlain("a text", "Answers next: nobody"))
    assert.doesNotThrow(() => assertPlain("a text", "Next credential: none available"))
  })
})
