/**
 * Programs that tests run in processes of their own, bundled from their source, because Node 20
 * reads no TypeScript. A test file may start a hundred of them: what the first one compiled is kept
 * for those that follow.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { build } from "esbuild"

/**
 * Runs `program.cjs` beside it, with its compiled code once that is there. The text is ASCII: as
 * Latin-1 it is neither decoded nor held in two bytes a character. Nobody reads a trace of what
 * happens while modules load; Effect makes some there, for which V8 parses the text anew to find
 * its lines, at a third of a start.
 */
const loader = `
const { readFileSync, renameSync, writeFileSync } = require("node:fs")
const { Script } = require("node:vm")
const filename = __dirname + "/program.cjs"
const compiled = __dirname + "/program.cache"
let cachedData
try {
  cachedData = readFileSync(compiled)
} catch {}
const text = "(function (require, module, exports) {" + readFileSync(filename, "latin1") + "\\n})"
const script = new Script(text, { filename, cachedData })
const module_ = { exports: {} }
const limit = Error.stackTraceLimit
Error.stackTraceLimit = 0
script.runInThisContext()(require, module_, module_.exports)
Error.stackTraceLimit = limit
if (cachedData === undefined) {
  const mine = compiled + "." + process.pid
  writeFileSync(mine, script.createCachedData())
  renameSync(mine, compiled)
}
`

const bundled = async (source: string): Promise<string> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-program-"))
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }))
  await build({
    entryPoints: [source],
    outfile: path.join(folder, "program.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    charset: "ascii",
    minify: true,
    conditions: ["source"],
    external: ["pg-native"],
    logLevel: "error"
  })
  const entry = path.join(folder, "start.cjs")
  fs.writeFileSync(entry, loader)
  return entry
}

const programs = new Map<string, Promise<string>>()

/** The file to start with Node for a source, whose path is absolute; bundled once in a process. */
export const workerProgram = (source: string): Effect.Effect<string> =>
  Effect.promise(() => {
    const program = programs.get(source) ?? bundled(source)
    programs.set(source, program)
    return program
  })
