#!/usr/bin/env node
/**
 * The entry of `clawdbot`. Loads nothing for `--version`, so that it costs what a bare Node costs,
 * and little for a token that a running gateway has ready.
 * Everything else is one script beside it, run from code that V8 compiled before: compiling it anew
 * at every start would take longer than most commands do.
 * Modules of Node are asked for by `getBuiltinModule`: for an `import` Node reads every one of
 * their exports, which loads modules behind them that nobody needs.
 */
import type * as Fs from "node:fs"
import { defined } from "@clawdbot/domain/Document/defined"
import { version } from "@clawdbot/domain/version"
import { exit } from "./exit.ts"
import { bytesOf, kept } from "./start/CompiledCode.ts"
import { kindOf } from "./start/kinds.ts"
import { onLostOutput } from "./start/lostOutput.ts"
import { plainStateDir, tokenOfGateway } from "./start/tokenOfGateway.ts"

/** The name of the bundled command without its ending, put in place when it is bundled. */
declare const __CLAWDBOT_COMMAND__: string

/** The version and the processor of the Node that bundled the command; its code is beside it. */
declare const __CLAWDBOT_NODE__: string

/** What the bundled command is: a function of `require` that gives the exports of `cli.ts`. */
type Command = (
  require: NodeJS.Require,
  exports: object
) => { readonly main: (argv: ReadonlyArray<string>) => void }

/** The bundled command. V8 refuses code that was compiled with other flags. */
const load = (fs: typeof Fs, argv: ReadonlyArray<string>): Command => {
  const folder = `${import.meta.dirname}/`
  const name = `${__CLAWDBOT_COMMAND__}.${kindOf(argv)}`
  const beside =
    `${process.version}-${process.arch}` === __CLAWDBOT_NODE__
      ? bytesOf(fs, `${folder}${name}.cache`)
      : undefined
  const own = beside === undefined ? kept(fs, process.getBuiltinModule("node:v8"), name) : undefined
  const filename = `${folder}${__CLAWDBOT_COMMAND__}.cjs`
  // The bundler writes ASCII only, so that the text is read and kept byte for byte.
  const { Script } = process.getBuiltinModule("node:vm")
  const script = new Script(fs.readFileSync(filename, "latin1"), {
    filename,
    ...defined({ cachedData: beside ?? own?.read() })
  })
  // At the end, when all that such a start needs has been compiled.
  if (own !== undefined && script.cachedDataRejected !== false)
    process.once("exit", () => own.write(script))
  return script.runInThisContext()
}

const argv = process.argv.slice(2)
const [first, ...more] = argv

const runCommand = (fs: typeof Fs): void => {
  const { createRequire } = process.getBuiltinModule("node:module")
  load(fs, argv)(createRequire(import.meta.filename), {}).main(argv)
}

/** Prints a token that the gateway handed out; undefined where the command has to find it. */
const finish = (fs: typeof Fs, token: string | undefined): void => {
  if (token === undefined) return runCommand(fs)
  onLostOutput(() => {
    process.exitCode = exit.failed
  })
  process.stdout.write(`${token}\n`)
}

if (more.length === 0 && (first === "--version" || first === "-v" || first === "-V")) {
  process.stdout.write(`${version}\n`)
} else if (typeof process.getBuiltinModule !== "function") {
  process.stderr.write(`clawdbot needs Node 20.19 or newer; this is ${process.version}\n`)
  process.exitCode = exit.failed
} else {
  const fs = process.getBuiltinModule("node:fs")
  const stateDir = plainStateDir(argv, process.env, process.platform)
  if (stateDir === undefined) runCommand(fs)
  else {
    const loadNet = () => process.getBuiltinModule("node:net")
    tokenOfGateway(fs, loadNet, stateDir, (token) => finish(fs, token))
  }
}
