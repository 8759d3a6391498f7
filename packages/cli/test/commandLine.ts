/** Runs command lines in this process, over real files in a fresh home folder. */
import { appendFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { withWarnings } from "../src/log.ts"
import { root } from "../src/root.ts"
import { runCommand } from "../src/runCommand.ts"
import { IoStreams } from "../src/terminal/IoStreams.ts"
import { toTable, toTerminal } from "../src/terminal/lines.ts"
import { noSpinner } from "../src/terminal/spinner.ts"

/** A folder that is gone after the test. */
export const freshHome = Effect.acquireRelease(
  Effect.promise(async () =>
    fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-cli-")))
  ),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** Writes a file below a home folder, folders included; private unless a mode says otherwise. */
export const put = (home: string, name: string, text: string, mode = 0o600) =>
  Effect.promise(async () => {
    const file = path.join(home, name)
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    await fs.writeFile(file, text)
    await fs.chmod(file, mode)
  })

/** The text of a file below a home folder; undefined when there is none. */
export const textOf = (home: string, name: string) =>
  Effect.promise(() => fs.readFile(path.join(home, name), "utf8").catch(() => undefined))

/** What came of a command line. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** How a run differs from the plain one. */
export interface RunOptions {
  /** A variable that is undefined is one that there is not, `HOME` included. */
  readonly variables?: Readonly<Record<string, string | undefined>>
  /** What standard input holds. */
  readonly stdin?: string
  readonly color?: boolean
  /** The folder it is run in. Default: the home folder. */
  readonly workingFolder?: string
}

/** Writes down what was said, as vitest.setup.ts does with what processes say. */
export const writeDown = (argv: ReadonlyArray<string>, said: string): void => {
  const folder = process.env.CLAWDBOT_WRITTEN
  if (folder === undefined || said === "" || argv.includes("print-token")) return
  const command = argv.join(" ").replace(/sk-ant-\S+/g, "SECRET")
  appendFileSync(path.join(folder, `${process.pid}.said`), `\n== clawdbot ${command}\n${said}`)
}

/** What hears of each text that a command says, as a process would write it. */
export interface Hears {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Runs one command line, which may go on until it is interrupted, to its status. */
export const runHeard = (
  home: string,
  argv: ReadonlyArray<string>,
  options: RunOptions,
  { stderr, stdout }: Hears
): Effect.Effect<number> => {
  const color = options.color ?? false
  return Effect.provideService(
    runCommand(root, argv, () => undefined, {
      env: { HOME: home, SHELL: "/bin/false", ...options.variables },
      workingFolder: options.workingFolder ?? home
    }).pipe(withWarnings(noSpinner, stderr)),
    IoStreams,
    {
      stdout: (lines) => Effect.sync(() => stdout(toTerminal(lines))),
      stderr: (lines) => Effect.sync(() => stderr(toTerminal(lines))),
      table: (rows) => Effect.sync(() => stdout(toTable(rows))),
      interactive: false,
      isTerminal: false,
      color,
      width: 80,
      problems: { color, width: undefined },
      redraw: (lines) => Effect.sync(() => stdout(toTerminal(lines))),
      spinner: noSpinner,
      readStdin: Effect.succeed(options.stdin ?? "")
    }
  )
}

/** Runs one command line; what it says is as a process would write it. */
export const runWhole = (
  home: string,
  argv: ReadonlyArray<string>,
  options: RunOptions = {}
): Effect.Effect<Ran> =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const status = yield* runHeard(home, argv, options, {
      stdout: (text) => void out.push(text),
      stderr: (text) => void err.push(text)
    })
    const ran = { status, stdout: out.join(""), stderr: err.join("") }
    writeDown(argv, ran.stdout + ran.stderr)
    return ran
  })

/** Runs one command line; the home folder is written as `HOME`, and the last line has no end. */
export const run = (
  home: string,
  argv: ReadonlyArray<string>,
  options: RunOptions = {}
): Effect.Effect<Ran> =>
  Effect.map(runWhole(home, argv, options), ({ status, stderr, stdout }) => {
    const shown = (text: string) => text.replace(/\n$/, "").replaceAll(home, "HOME")
    return { status, stdout: shown(stdout), stderr: shown(stderr) }
  })
