#!/usr/bin/env node
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { Script } from "node:vm"
/**
 * The entry of `clawdbot`. Loads nothing for `--version`, so that it costs what a bare Node costs.
 * Everything else is one script beside it, run from the code that V8 compiled when it was bundled:
 * compiling it anew at every start would take longer than most commands do.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import { version } from "@clawdbot/domain/version"

/** The name of the bundled command without its ending, put in place when it is bundled. */
declare const __CLAWDBOT_COMMAND__: string

/** What the bundled command is: a function of `require` that gives the exports of `cli.ts`. */
type Command = (
  require: NodeJS.Require,
  exports: object
) => { readonly main: (argv: ReadonlyArray<string>) => void }

/**
 * The compiled code. Another version of Node cannot use it and compiles the script itself; so does
 * one that does not find it.
 */
const compiled = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

const load = (): Command => {
  const file = fileURLToPath(new URL(`./${__CLAWDBOT_COMMAND__}.cjs`, import.meta.url))
  const cachedData = compiled(file.replace(/cjs$/, "cache"))
  // The bundler writes ASCII only, so that the text is read and kept byte for byte.
  const script = new Script(readFileSync(file, "latin1"), {
    filename: file,
    ...defined({ cachedData })
  })
  return script.runInThisContext()
}

const [first, ...more] = process.argv.slice(2)

if (more.length === 0 && (first === "--version" || first === "-v" || first === "-V")) {
  process.stdout.write(`${version}\n`)
} else load()(createRequire(import.meta.url), {}).main(process.argv.slice(2))
