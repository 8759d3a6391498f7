// Bundles the command into packages/cli/dist: clawdbot.mjs and the chunks it loads when a command needs them.
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { basename } from "node:path"
import { build } from "esbuild"

const { version } = JSON.parse(readFileSync("packages/cli/package.json", "utf8"))
const { metafile } = await build({
  metafile: true,
  entryPoints: { clawdbot: "packages/cli/src/main.ts" },
  outdir: "packages/cli/dist",
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: process.env.CLAWDBOT_READABLE !== "1",
  keepNames: false,
  legalComments: "none",
  conditions: ["source"],
  define: { __CLAWDBOT_VERSION__: JSON.stringify(version) },
  // Some dependencies are CommonJS and call require().
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  logLevel: "warning"
})
// Chunks of earlier builds go last, so that a command that is being started still finds its own.
const current = new Set(Object.keys(metafile.outputs).map((file) => basename(file)))
for (const name of readdirSync("packages/cli/dist/chunks")) {
  if (!current.has(name)) rmSync(`packages/cli/dist/chunks/${name}`, { force: true })
}
chmodSync("packages/cli/dist/clawdbot.mjs", 0o755)
