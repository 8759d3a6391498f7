/** Runs the bundled command in a home of its own, with nothing of this machine's environment. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import { outputOf } from "./childOutput.ts"

/** The bundle. */
export const entry = fileURLToPath(new URL("../dist/clawdbot.cjs", import.meta.url))

/** Secrets that the tests plant; none of them may ever be shown. */
export const planted = {
  apiKey:
    "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplanted-AA",
  otherKey:
    "sk-ant-api03-SECONDsecondSECONDsecondSECONDsecondSECONDsecondSECONDsecondSECONDsecondSECOND-BB",
  setupToken:
    "sk-ant-oat01-TOKENtokenTOKENtokenTOKENtokenTOKENtokenTOKENtokenTOKENtokenTOKENtokenTOKEN-CC"
} as const

/** A home that exists for one test. */
export const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-home-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** What a run left behind. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How a run differs from the plain one. */
export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A process of the command. */
export const start = (
  folder: string | undefined,
  argv: ReadonlyArray<string>,
  options: RunOptions = {}
) =>
  spawn(process.execPath, [entry, ...argv], {
    cwd: folder ?? os.tmpdir(),
    env: {
      PATH: process.env.PATH,
      TERM: "dumb",
      ...defined({ HOME: folder }),
      ...options.env
    },
    stdio: ["pipe", "pipe", "pipe"]
  })

/** Gives a process its input and waits for its end; it is killed where the test ends before. */
export const toEnd = (
  begin: () => ChildProcessWithoutNullStreams,
  stdin = ""
): Effect.Effect<Ran> =>
  Effect.async((resume) => {
    const child = begin()
    const output = outputOf(child)
    child.stdin.on("error", () => undefined)
    child.stdin.end(stdin)
    child.on("close", (status) => resume(Effect.succeed({ status, ...output })))
    return Effect.sync(() => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, "SIGKILL")
    })
  })

/** Runs it to its end. */
export const run = (
  folder: string | undefined,
  argv: ReadonlyArray<string>,
  options: RunOptions = {}
): Effect.Effect<Ran> => toEnd(() => start(folder, argv, options), options.stdin)

/** Every file below a folder, by its path from there. */
export const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => path.relative(folder, path.join(file.parentPath, file.name)))
    .sort()
