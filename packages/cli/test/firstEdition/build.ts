/** The first edition, built from the history of this repository where that is there. */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const commit = "7b3af56"

/** Whether the history is there: a shallow clone has none. */
export const isAvailable =
  spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: root }).status === 0

/**
 * A folder for its sources, until the scope ends; not a home, since its own tests hold credentials
 * that nobody is to find in what is left of a home.
 */
const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "first-edition-"))),
  (sources) => Effect.sync(() => fs.rmSync(sources, { recursive: true, force: true }))
)

/** Builds it, from the packages that are installed here; the command's path. */
export const build = Effect.map(folder, (sources) => {
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
})
