// The dashboard's files inside of a bundle, where nothing stands beside the code.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { transform } from "esbuild"

/** Where they are, from the project's folder. */
export const pageFolder = "packages/http/src/dashboard/page"

/** Their names. */
export const pageNames = (root) =>
  readdirSync(join(root, pageFolder)).filter((file) => /\.(html|css|js)$/.test(file))

/**
 * The files as a browser gets them, in place of the module that reads them from the sources.
 * `isMinified`: without what only readers need.
 */
export const dashboardFiles = (root, isMinified) => {
  const page = join(root, pageFolder)
  const textOf = async (file) => {
    const text = readFileSync(join(page, file), "utf8")
    const loader = file.endsWith(".css") ? "css" : "js"
    if (file.endsWith(".html")) return text
    return (await transform(text, { loader, minify: isMinified, format: "esm" })).code
  }
  return {
    name: "dashboard",
    setup: ({ onLoad }) =>
      onLoad({ filter: /[/\\]dashboard[/\\]readPage\.ts$/ }, async () => {
        const files = Object.fromEntries(
          await Promise.all(pageNames(root).map(async (name) => [name, await textOf(name)]))
        )
        return {
          contents:
            `const files = ${JSON.stringify(files)}\nexport const readPage = (name) => ` +
            "files[name]"
        }
      })
  }
}
