/** Runs command lines in this process, over real files in a fresh home folder. */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as StatePaths from "@clawdbot/node/Environment/statePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CommandError } from "../src/CommandError.ts"
import { wantsJson } from "../src/commandFailure.ts"
import { check } from "../src/commandLine/guard.ts"
import { parse } from "../src/commandLine/parse.ts"
import { toJson, toText } from "../src/errorText.ts"
import * as Layers from "../src/layers.ts"
import { render } from "../src/renderError.ts"
import { root } from "../src/root.ts"
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

/** What came of a command line. The home folder is written as `HOME`. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command line. `stdin` is what standard input holds. */
export const run = (
  home: string,
  argv: ReadonlyArray<string>,
  options: {
    readonly variables?: Readonly<Record<string, string>>
    readonly stdin?: string
    readonly color?: boolean
  } = {}
): Effect.Effect<Ran> =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const io = Layer.succeed(IoStreams, {
      stdout: (lines) => Effect.sync(() => void out.push(toTerminal(lines))),
      stderr: (lines) => Effect.sync(() => void err.push(toTerminal(lines))),
      table: (rows) => Effect.sync(() => void out.push(toTable(rows))),
      interactive: false,
      isTerminal: false,
      color: options.color ?? false,
      width: 80,
      problems: { color: options.color ?? false, width: undefined },
      redraw: (lines) => Effect.sync(() => void out.push(toTerminal(lines))),
      spinner: noSpinner,
      readStdin: Effect.succeed(options.stdin ?? "")
    })
    const env = { HOME: home, SHELL: "/bin/false", ...options.variables }
    const machine = ProcessEnvironment.layerWith(env).pipe(
      Layer.provideMerge(StatePaths.layer({ env, workingFolder: home })),
      Layer.provideMerge(Disk.layer)
    )
    const fail = (error: CommandError) =>
      Effect.sync(() => {
        const rendered = render(error)
        if (wantsJson(argv)) out.push(toTerminal(toJson(error, rendered, undefined)))
        else
          err.push(
            toTerminal(
              toText(rendered, undefined, { color: options.color ?? false, width: undefined })
            )
          )
        return rendered.status
      })
    const status = yield* Effect.suspend(() => check(root, argv)).pipe(
      Effect.flatMap(parse),
      Effect.flatten,
      (command) => Layers.withServices(command, argv[0]),
      Effect.provide(Layer.merge(machine, io)),
      Effect.catchAll(fail)
    )
    const shown = (texts: ReadonlyArray<string>) =>
      texts.join("").replace(/\n$/, "").replaceAll(home, "HOME")
    return { status, stdout: shown(out), stderr: shown(err) }
  })
