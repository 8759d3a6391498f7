/** What `docker build` would be given of this project, by its `.dockerignore`. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

/** A pattern as Docker reads it: of the whole path, and of everything below what it matches. */
const pattern = (text: string): RegExp => {
  const body = text
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**/", "\u0000")
    .replaceAll("*", "[^/]*")
    .replaceAll("\u0000", "(?:.*/)?")
  return new RegExp(`^${body}(?:/.*)?$`)
}

/** Whether a file is left out; the last pattern that matches it says. */
export const ignoredBy = (dockerignore: string) => {
  const rules = dockerignore
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({
      isExcluded: !line.startsWith("!"),
      matches: pattern(line.replace(/^!/, ""))
    }))
  return (file: string): boolean =>
    rules.findLast(({ matches }) => matches.test(file))?.isExcluded ?? false
}

/** Copies the build context into a folder. */
export const copyBuildContext = (root: string, into: string): void => {
  const isIgnored = ignoredBy(fs.readFileSync(path.join(root, ".dockerignore"), "utf8"))
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8"
  })
  for (const file of files.split("\n")) {
    if (file === "" || isIgnored(file) || !fs.existsSync(path.join(root, file))) continue
    fs.cpSync(path.join(root, file), path.join(into, file))
  }
}

/**
 * What `npm ci` would install there, without the network: the project's own dependencies, and the
 * packages of the context.
 */
export const linkDependencies = (root: string, into: string): void => {
  const folders = ["", ...fs.readdirSync(`${into}/packages`).map((name) => `packages/${name}/`)]
  for (const folder of folders) {
    const from = path.join(root, folder, "node_modules")
    if (!fs.existsSync(from)) continue
    const to = path.join(into, folder, "node_modules")
    fs.mkdirSync(to)
    for (const name of fs.readdirSync(from)) {
      if (name === "@clawdbot" || name.startsWith(".")) continue
      fs.symlinkSync(path.join(from, name), path.join(to, name))
    }
  }
  fs.mkdirSync(`${into}/node_modules/@clawdbot`)
  for (const name of fs.readdirSync(`${into}/packages`))
    fs.symlinkSync(`${into}/packages/${name}`, `${into}/node_modules/@clawdbot/${name}`)
  fs.copyFileSync(`${into}/package-lock.json`, `${into}/node_modules/.installed-from`)
}
