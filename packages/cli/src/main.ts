#!/usr/bin/env node
/** The entry of `clawdbot`. Loads nothing for `--version`, so that it costs what a bare Node costs. */
import { version } from "./version.ts"

const [first, ...more] = process.argv.slice(2)

if (more.length === 0 && (first === "--version" || first === "-v" || first === "-V")) {
  process.stdout.write(`${version}\n`)
} else {
  const { main } = await import("./run.ts")
  main(process.argv.slice(2))
}
