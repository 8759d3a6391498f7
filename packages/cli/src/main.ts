#!/usr/bin/env node
/**
 * The entry of `clawdbot`. Loads nothing for `--version`, so that it costs what a bare Node costs,
 * and little for a token that a running gateway has ready.
 * Everything else is one of two scripts beside it (`start/kinds.ts`), run from code that V8
 * compiled before: compiling it anew at every start would take longer than most commands do.
 * Modules of Node are asked for by `getBuiltinModule`: for an `import` Node reads every one of
 * their exports, which loads modules behind them that nobody needs.
 */
import type * as Fs from "node:fs"
import { defined } from "@clawdbot/domain/Document/defined"
import { version } from "@clawdbot/domain/version"
import { exit } from "./exit.ts"
import { bytesOf, kept } from "./start/CompiledCode.ts"
import { type Kind, kindOf, scriptOf } from "./start/kinds.ts"
import { lateOfNode } from "./start/lateOfNode.ts"
import { onLostOutput } from "./start/lostOutput.ts"
import { standardOutput } from "./start/standardOutput.ts"
import { plainStateDir, tokenOfGateway } from "./start/tokenOfGateway.ts"

/** The name of the bundled command without its ending, put in place when it is bundled. */
declare const __CLAWDBOT_COMMAND__: string

/** The version and the processor of the Node that bundled the command; its code is beside it. */
declare const __CLAWDBOT_NODE__: string

type Require = (id: string) => unknown

/**
 * What a script is: a function of `require` that gives the exports of `cli.ts` or `short.ts`. The
 * script of all commands also gives the modules that the short one loads late, by their files.
 */
type Bundled = (
  require: Require,
  exports: object
) => {
  readonly main: (argv: ReadonlyArray<string>) => void
  readonly late: Readonly<Record<string, () => unknown>>
}

/** The script of a kind. V8 refuses code that was compiled with other flags. */
const load = (fs: typeof Fs, kind: Kind): Bundled => {
  const folder = `${import.meta.dirname}/`
  const name = `${__CLAWDBOT_COMMAND__}.${kind}`
  const beside =
    `${process.version}-${process.arch}` === __CLAWDBOT_NODE__
      ? bytesOf(fs, `${folder}${name}.cache`)
      : undefined
  const own = beside === undefined ? kept(fs, process.getBuiltinModule("node:v8"), name) : undefined
  const filename = folder + scriptOf(kind, __CLAWDBOT_COMMAND__)
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
  const ofNode = (id: string): object => {
    const found = process.getBuiltinModule(id)
    if (found === undefined) throw new Error(`Node ${process.version} has no module ${id}`)
    return found
  }
  const kind = kindOf(argv)
  /** A script that may hold packages which look for others beside them. */
  const loadLarge = (kind: Kind) => {
    const { createRequire } = process.getBuiltinModule("node:module")
    const require = createRequire(import.meta.filename)
    return load(fs, kind)((id) => lateOfNode(kind, require, id), {})
  }
  if (kind !== "short") return loadLarge(kind).main(argv)
  let all: ReturnType<Bundled> | undefined
  // Loaded once: its modules are the same for all that ask for them.
  const lateModule = (file: string) => {
    all ??= loadLarge("command")
    return all.late[file]?.()
  }
  const require: Require = (id) =>
    id.startsWith("late:") ? lateModule(id.slice("late:".length)) : lateOfNode(kind, ofNode, id)
  load(fs, kind)(require, {}).main(argv)
}

/** Prints a token that the gateway handed out; undefined where the command has to find it. */
const finish = (fs: typeof Fs, token: string | undefined): void => {
  if (token === undefined) return runCommand(fs)
  onLostOutput(fs, () => {
    process.exitCode = exit.failed
  })
  standardOutput(fs, 1).write(`${token}\n`)
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
