// Bundles tryClients.ts, whose imports are this workspace's sources, and runs it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundleSources } from "../bundleSources.mjs"

const folder = mkdtempSync(join(tmpdir(), "clawdbot-clients-"))
const outfile = join(folder, "tryClients.mjs")
await bundleSources(new URL("tryClients.ts", import.meta.url).pathname, outfile)
const done = spawnSync(process.execPath, [outfile, folder, ...process.argv.slice(2)], {
  stdio: "inherit"
})
rmSync(folder, { recursive: true, force: true })
process.exitCode = done.status ?? 1
