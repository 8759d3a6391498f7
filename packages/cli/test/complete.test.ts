import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { steps } from "@clawdbot/domain/Config/migrations/steps"
import { failureClasses } from "@clawdbot/domain/Health/FailureClass"
import { scopeWords } from "@clawdbot/domain/Health/Scope"
import { GuessedSource, StatedSource } from "@clawdbot/domain/Health/Window"
import { assert, describe, expect, it } from "@effect/vitest"
import type { CommandEffect } from "../src/CommandEffect.ts"
import type { CommandNode } from "../src/commandLine/definition.ts"
import { root } from "../src/root.ts"
import { textOf } from "./documented/commandLines.ts"

/** The first cells of the tables below a heading of a page, up to the next heading. */
const firstCells = (page: string, heading: string): ReadonlyArray<string> => {
  const lines = textOf(page).split("\n")
  const start = lines.indexOf(heading)
  assert.isAtLeast(start, 0, `${page} has ${heading}`)
  const below = lines.slice(start + 1)
  const end = below.findIndex((line) => line.startsWith("#"))
  return below
    .slice(0, end < 0 ? below.length : end)
    .flatMap((line) => line.trim().match(/^\| (.*?) \|/)?.[1] ?? [])
}

type Node = CommandNode<CommandEffect>

/** Every command that can be run, with its words. */
const leaves = (node: Node, words: string): ReadonlyArray<readonly [string, Node]> => [
  ...(node.parse === undefined ? [] : [[words, node] as const]),
  ...node.subcommands.flatMap((below) => leaves(below, `${words} ${below.name}`))
]

const cell = (text: string): string => text.replaceAll("\n", " ").replaceAll("|", "\\|")

/** docs/commands.md, as the definitions of the commands have it. */
const commandsPage = [
  "# Commands",
  "",
  "Every command with what it does and an example; `clawdbot COMMAND --help` has its options. This",
  "page is made from the definitions of the commands: a test writes it anew (`vitest -u`).",
  "",
  "| Command | What it does | Example |",
  "| --- | --- | --- |",
  ...leaves(root, "clawdbot").map(([words, node]) => {
    const [summary = ""] = node.description.split("\n")
    return `| \`${words}\` | ${cell(summary)} | \`${cell(node.examples[0] ?? words)}\` |`
  }),
  ""
].join("\n")

const packages = fileURLToPath(new URL("../../", import.meta.url))
const read = (file: string): string => fs.readFileSync(path.join(packages, file), "utf8")

// What a member of a closed set needs, and no compiler asks for.
describe("whoever adds", () => {
  it("a failure class says in docs/failover.md what it does", () => {
    const rows = firstCells("docs/failover.md", "## What a failure does")
    for (const name of failureClasses) assert.include(rows, `\`${name}\``)
  })

  it("a scope says in docs/formats.md what it covers, and tries its words", () => {
    const rows = firstCells("docs/formats.md", "### Scopes").join(" ")
    const limits = textOf("docs/formats.md")
    const tried = read("http/test/dashboard/words.test.ts")
    for (const kind of Object.keys(scopeWords)) {
      assert.isTrue(
        rows.includes(`\`${kind}`) ||
          (rows.includes("`<limit>") && limits.includes(`limit of a group: `)),
        kind
      )
      assert.match(tried, new RegExp(`\\["${kind}[":]`), kind)
    }
  })

  it("a source of an end says in docs/formats.md whose it is", () => {
    for (const name of [...StatedSource.literals, ...GuessedSource.literals])
      assert.include(textOf("docs/formats.md"), `\`${name}\``)
  })

  it("a migration step says in docs/formats.md what it moves", () => {
    const rows = firstCells("docs/formats.md", "## Config")
    assert.deepStrictEqual(
      rows.filter((row) => /^`\w+`$/.test(row)),
      steps.map(({ name }) => `\`${name}\``)
    )
  })

  it("a command has it in docs/commands.md, with an example", async () => {
    await expect(commandsPage).toMatchFileSnapshot("../../../docs/commands.md")
  })
})
