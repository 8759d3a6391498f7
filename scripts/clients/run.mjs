// Bundles tryClients.ts, whose imports are this workspace's sources, and runs it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"

const folder = mkdtempSync(join(tmpdir(), "clawdbot-clients-"))
const outfile = join(folder, "tryClients.mjs")
await build({
  entryPoints: [new URL("tryClients.ts", import.meta.url).pathname],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  conditions: ["source"],
  banner: {
    js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);'
  },
  logLevel: "error"
})
const done = spawnSync(process.execPath, [outfile, folder, ...process.argv.slice(2)], {
  stdio: "inherit"
})
rmSync(folder, { recursive: true, force: true })
process.exitCode = done.status ?? 1
