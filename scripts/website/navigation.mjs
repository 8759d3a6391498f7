// The groups of pages that README.md shows under "Read on", and the pages that it does not name.
import path from "node:path"

/** The rows of a table of two columns: a name, and links. */
const row = /^\| ([A-Z][^|]*?) \| (.*) \|$/gm

/** Groups of pages: `{ title, files }`. Decisions have an index of their own. */
export const navigation = (pages, readme) => {
  const known = new Set(pages.map(({ file }) => file))
  const groups = [...readme.matchAll(row)].map(([, title, links]) => ({
    title,
    files: [...links.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target]) => path.posix.normalize(target))
      .filter((file) => known.has(file))
  }))
  const shown = new Set(["README.md", ...groups.flatMap(({ files }) => files)])
  const more = pages
    .map(({ file }) => file)
    .filter((file) => !shown.has(file) && !/^docs\/decisions\/|^(packages|examples)\//.test(file))
  return [
    { title: "Overview", files: ["README.md"] },
    ...groups.filter(({ files }) => files.length > 0),
    { title: "More", files: more }
  ]
    .filter(({ files }) => files.length > 0)
    .map(({ files, title }) => ({
      title,
      pages: files.map((file) => pages.find((page) => page.file === file))
    }))
}
