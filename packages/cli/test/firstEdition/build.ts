/** The first edition, built from the history of this repository where that is there. */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const commit = "7b3af56"

/** Whether the history is there: a shallow clone has none. */
export const isAvailable =
  spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: root }).status === 0

/** Builds it in a folder; the command's path. It uses the packages that are installed here. */
export const build = (folder: string): string => {
  const sources = path.join(folder, "first-edition")
  fs.mkdirSync(sources)
  const archive = execFileSync("git", ["archive", commit], { cwd: root, maxBuffer: 1 << 28 })
  execFileSync("tar", ["-x", "-C", sources], { input: archive })
  const modules = path.join(sources, "node_modules")
  fs.mkdirSync(path.join(modules, "@clawdbot"), { recursive: true })
  for (const name of fs.readdirSync(path.join(root, "node_modules"))) {
    if (name === "@clawdbot") continue
    fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name))
  }
  for (const name of fs.readdirSync(path.join(sources, "packages")))
    fs.symlinkSync(path.join(sources, "packages", name), path.join(modules, "@clawdbot", name))
  execFileSync(process.execPath, ["scripts/bundle.mjs"], { cwd: sources, stdio: "ignore" })
  return path.join(sources, "packages/cli/dist/clawdbot.mjs")
}
