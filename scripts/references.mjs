// Every reference in sources, tests and pages resolves: decisions and requirements to a heading in
// docs/decisions/, pages to a file, headings of pages to a heading, and the files that the
// pages for engineers name to a file, packages in the notes for a release to a package. Fails with
// one line each.
import { execFileSync } from "node:child_process"
import fs from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { anchorOf } from "./website/anchorOf.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|mjs|js|md|json|cjs|css|html|yml|sh)$/.test(file) || !file.includes("."))
  .filter((file) => file !== "" && file !== "package-lock.json")
  .filter((file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile())

const read = (file) => fs.readFileSync(path.join(root, file), "utf8")

const decisions = tracked.filter((file) => /^docs\/decisions\/\d{4}-/.test(file))
const numbers = new Set(
  decisions.flatMap((file) =>
    [...read(file).matchAll(/^#{1,2} ([DS]\d+[a-z]?)\b/gm)].map(([, number]) => number)
  )
)
for (const file of decisions) {
  const [, own] = /^docs\/decisions\/(\d{4})-/.exec(file)
  if (Number(own) > 0) numbers.add(`D${Number(own)}`)
}

const anchorsOf = (file) =>
  new Set([...read(file).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchorOf(heading)))

const packages = new Set(
  tracked
    .filter((file) => /^packages\/[^/]+\/package\.json$/.test(file))
    .map((file) => JSON.parse(read(file)).name)
)

const problems = []
const complain = (file, text, index, what) =>
  problems.push(`${file}:${text.slice(0, index).split("\n").length}: ${what}`)

for (const file of tracked) {
  const text = read(file)
  const isPage = file.endsWith(".md")
  if (file === "scripts/references.mjs") continue
  for (const found of text.matchAll(
    /\b(?:decisions?|requirements?) ((?:[DS]\d+[a-z]?(?:, | and |–| to )?)+)/g
  )) {
    for (const [number] of found[1].matchAll(/[DS]\d+[a-z]?/g)) {
      if (!numbers.has(number)) complain(file, text, found.index, `no decision ${number}`)
    }
  }
  for (const found of text.matchAll(/\((?:[DS]\d+[a-z]?(?:, )?)+\)/g)) {
    for (const [number] of found[0].matchAll(/[DS]\d+[a-z]?/g)) {
      if (!numbers.has(number)) complain(file, text, found.index, `no decision ${number}`)
    }
  }
  if (!isPage) {
    for (const found of text.matchAll(/(?<![\w/.-])((?:docs\/)?[\w-]+(?:\/[\w-]+)*\.md)\b/g)) {
      // A page of another repository, named with it.
      if (
        /[\w.-]+\/[\w.-]+(?: |",\s+")$/.test(text.slice(Math.max(0, found.index - 60), found.index))
      )
        continue
      const here = [found[1], `docs/${found[1]}`].some((name) =>
        fs.existsSync(path.join(root, name))
      )
      const beside = fs.existsSync(path.join(root, path.dirname(file), found[1]))
      if (!here && !beside) complain(file, text, found.index, `no page ${found[1]}`)
    }
  } else {
    const [head = ""] = /^---\n[\s\S]*?\n---\n/.exec(text) ?? []
    if (file.startsWith(".changeset/"))
      for (const found of head.matchAll(/^"(.+)":/gm))
        if (!packages.has(found[1])) complain(file, text, found.index, `no package ${found[1]}`)
    for (const found of text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
      const [, target, anchor] = found
      if (/^[a-z]+:/.test(target) || target.startsWith("/")) continue
      const page = target === "" ? file : path.join(path.dirname(file), target)
      if (!fs.existsSync(path.join(root, page)))
        complain(file, text, found.index, `no file ${target}`)
      else if (anchor !== undefined && page.endsWith(".md") && !anchorsOf(page).has(anchor))
        complain(file, text, found.index, `no heading #${anchor} in ${page}`)
    }
    // Files of this repository that a page for engineers names without a link.
    if (file !== "CONTRIBUTING.md" && file !== "docs/architecture.md") continue
    for (const found of text.matchAll(
      /`(?:\.\/)?((?:packages|docs|scripts)\/[\w./-]+|(?:json5-edit|domain|node|http|cli|testing)\/(?:src|test)\/[\w./-]+)/g
    )) {
      const [, named] = found
      // A pattern such as `packages/*/test` names no file.
      if (text[found.index + found[0].length] === "*") continue
      if (![named, `packages/${named}`].some((name) => fs.existsSync(path.join(root, name))))
        complain(file, text, found.index, `no file ${named}`)
    }
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) {
  console.error(`${problems.length} references resolve to nothing`)
  process.exit(1)
}
console.log(`references: all resolve (${tracked.length} files, ${numbers.size} decisions)`)
