// Bundles what fuzzes, from the sources. usage: node bundle.mjs OUT
import { build } from "esbuild"

await build({
  entryPoints: ["scripts/fuzzing/main.ts"],
  outfile: process.argv[2],
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  conditions: ["source"],
  define: { __CLAWDBOT_VERSION__: '"0.0.0"' },
  logLevel: "warning",
  external: ["esbuild"],
  banner: {
    js:
      'import { createRequire as __createRequire } from "node:module"; const require = ' +
      "__createRequire(import.meta.url)"
  }
})
