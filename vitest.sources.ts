/**
 * The packages' sources as JavaScript that Node loads itself, in one folder for each run. Vitest
 * would transform each module and hand it to each worker, in a form in which every use of an import
 * is a call. Tests and their helpers stay with Vitest.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import type { Plugin } from "vitest/config"

const packages = fileURLToPath(new URL("packages", import.meta.url))
/** The path of a source below them. */
const source = /^[\w-]+\/src\/.*(?<!\.d)\.ts$/

/** Where a source is by its import, from a file; nothing for what is no source of a package. */
const sourceOf = (specifier: string, importer: string): string | undefined => {
  const ofPackage = /^@clawdbot\/([^/]+)\/(.+)$/.exec(specifier)
  const file =
    ofPackage === null
      ? path.resolve(path.dirname(importer), specifier)
      : path.join(packages, ofPackage[1] ?? "", "src", `${ofPackage[2]}.ts`)
  const isFile = ofPackage !== null || specifier.startsWith(".") || path.isAbsolute(specifier)
  return isFile && source.test(path.relative(packages, file)) ? file : undefined
}

/** Builds all sources; gives the plugin that imports them where a test imports a source. */
export const builtSources = async (): Promise<Plugin> => {
  // Below `node_modules`, where Node finds what they import.
  const cache = fileURLToPath(new URL("node_modules/.cache", import.meta.url))
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(`${cache}/clawdbot-sources-`)
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const builtOf = (file: string): string =>
    path.join(folder, path.relative(packages, file)).replace(/\.ts$/, ".mjs")

  /** What was built of a source, with what it names by its own place. */
  const placed = (text: string, built: string): string => {
    const file = path.join(packages, path.relative(folder, built)).replace(/\.mjs$/, ".ts")
    const url = pathToFileURL(file)
    const imported = (specifier: string): string => {
      const other = sourceOf(specifier, file)
      if (other !== undefined) return pathToFileURL(builtOf(other)).href
      return specifier.startsWith(".") ? new URL(specifier, url).href : specifier
    }
    const document = (_: string, name: string, json: string): string =>
      `const ${name} = ${JSON.stringify(JSON.parse(readFileSync(new URL(json, url), "utf8")))};`
    const statement = (_: string, begin: string, specifier: string): string =>
      `${begin}${JSON.stringify(imported(specifier))}`
    return text
      .replace(/^import (\w+) from "(.*\.json)".*$/gm, document)
      .replace(/(^import |^(?:import .*?|export .*?|}) from |\bimport\()"([^"\n]+)"/gm, statement)
      .replaceAll("import.meta.url", JSON.stringify(url.href))
      .replaceAll("import.meta.dirname", JSON.stringify(path.dirname(file)))
      .replaceAll("import.meta.filename", JSON.stringify(file))
  }
  const entryPoints = readdirSync(packages, { recursive: true, encoding: "utf8" })
    .filter((file) => source.test(file))
    .map((file) => path.join(packages, file))
  const { outputFiles } = await build({
    entryPoints,
    outbase: packages,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    target: "node20",
    // A stack names the lines of the sources.
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "warning",
    write: false
  })
  for (const { path: file, text } of outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, file.endsWith(".mjs") ? placed(text, file) : text)
  }
  return {
    name: "built sources",
    enforce: "pre",
    resolveId: (specifier, importer) => {
      const file = importer === undefined ? undefined : sourceOf(specifier, importer)
      return file === undefined ? undefined : builtOf(file)
    }
  }
}
