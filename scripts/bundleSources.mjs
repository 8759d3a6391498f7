// Bundles a program of scripts/ with the sources that it imports, so that plain Node runs it.
import { build } from "esbuild"

/** From one file into another. */
export const bundleSources = (entry, outfile) =>
  build({
    entryPoints: [entry],
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
