// Builds the documentation site: a page of HTML for each page of markdown, with the navigation of
// README.md, and an index of its sections for the search.
//   node scripts/website/build.mjs OUT [--api]   with a link to pages that are put into OUT/api
import { execFileSync } from "node:child_process"
import fs from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { navigation } from "./navigation.mjs"
import { outputOf, render } from "./render.mjs"
import { filePage, layout } from "./template.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const here = fileURLToPath(new URL(".", import.meta.url))
const out = path.resolve(process.argv[2] ?? ".cache/site")
const read = (file) => fs.readFileSync(path.join(root, file), "utf8")

const put = (file, content) => {
  const at = path.join(out, file)
  fs.mkdirSync(path.dirname(at), { recursive: true })
  fs.writeFileSync(at, content)
}

const tracked = new Set(
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8"
  })
    .split("\n")
    .filter((file) => file !== "" && fs.existsSync(path.join(root, file)))
)

/** Pages for readers: those at the root, everything below docs, and the lists of changes. */
const isPage = (file) =>
  /^(README|CONTRIBUTING|SECURITY|CHANGELOG)\.md$/.test(file) ||
  /^docs\/.*\.md$/.test(file) ||
  /^(packages|examples)\/[\w-]+\/(README|CHANGELOG)\.md$/.test(file)

// A folder that is no site is never emptied.
if (fs.existsSync(out) && fs.readdirSync(out).length > 0 && !fs.existsSync(`${out}/sections.js`)) {
  console.error(`${out} holds something else than a site. Choose another folder with --out.`)
  process.exit(1)
}
fs.rmSync(out, { recursive: true, force: true })

const files = [...tracked].filter(isPage).sort()
const pages = files.map((file) => ({ file, ...render(file, read(file), { isPage, tracked }) }))
const groups = navigation(pages, read("README.md"))
if (process.argv.includes("--api")) {
  const api = { file: "api", url: "api/index.html", title: "Modules of the libraries" }
  groups.find(({ title }) => title === "Build on").pages.push(api)
}
for (const page of pages) put(outputOf(page.file, isPage), layout(page, groups))

// What pages link to and is no page: pictures as they are, sources as text.
const linked = new Set(pages.flatMap(({ links }) => links))
for (const file of linked) {
  if (isPage(file)) continue
  if (/\.(png|svg|jpg)$/.test(file)) put(file, fs.readFileSync(path.join(root, file)))
  else put(outputOf(file, isPage), filePage(file, read(file), groups))
}

const sections = pages.flatMap((page) => page.sections)
put("sections.js", `globalThis.sections = ${JSON.stringify(sections)}\n`)
for (const name of ["site.css", "search.js"])
  put(name, fs.readFileSync(path.join(here, name), "utf8"))
console.log(`${pages.length} pages, ${sections.length} sections`)
