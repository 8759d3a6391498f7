/** Carries out a command line as a process of the bundled command. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { limitMs } from "@clawdbot/testing/Fuzz/Fuzz"
import { outputOf } from "../childOutput.ts"
import type { Ran } from "../commandLine.ts"

/** One of so many command lines is carried out as a process too. */
const every = 50

/** Where the bundle is: seen from the repository, and from this package. */
const bundles = ["packages/cli/dist/clawdbot.cjs", "dist/clawdbot.cjs"]

/** Whether an input is one of the sample: the same ones in every run. */
export const isSampled = (argv: ReadonlyArray<string>): boolean =>
  createHash("sha256").update(JSON.stringify(argv)).digest().readUInt32BE() % every === 0 &&
  // No system takes a zero in an argument.
  argv.every((word) => !word.includes("\u0000"))

/** Runs it to its end; one that does not end in time is killed, and fails. */
export const asProcess = (
  folder: string,
  argv: ReadonlyArray<string>,
  options: { readonly stdin: string; readonly variables: Readonly<Record<string, string>> }
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const entry = bundles.map((file) => path.resolve(file)).find((file) => fs.existsSync(file))
    if (entry === undefined) return reject(new Error("run first: node scripts/bundle.mjs"))
    const child = spawn(process.execPath, [entry, ...argv], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        SHELL: "/bin/false",
        TERM: "dumb",
        ...options.variables
      }
    })
    // real time: ends a program that does not end by itself.
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs - 500)
    const output = outputOf(child)
    child.stdin.on("error", () => undefined)
    child.stdin.end(options.stdin)
    child.on("error", reject)
    child.on("close", (status, signal) => {
      clearTimeout(timer)
      if (status === null) reject(new Error(`the process was ended by ${signal}: ${output.stderr}`))
      else resolve({ status, ...output })
    })
  })
