/**
 * Writes down what tests make programs say and leave behind, for scripts/secrets.mjs to look
 * through after the suite; does nothing unless CLAWDBOT_WRITTEN names a folder for it (scripts/test
 * does). Nothing is changed but that somebody listens.
 */
import childProcess, { type ChildProcess } from "node:child_process"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as os from "node:os"
import * as path from "node:path"

const folder = process.env.CLAWDBOT_WRITTEN
const installed = Symbol.for("clawdbot: what is written is written down")

/**
 * Whether what a program prints is this project's answer to a person; not where a secret is what
 * was asked for.
 */
export const isAnswer = (command: string) =>
  /dist\/clawdbot\.|bin\/clawdbot/.test(command) && !command.includes("print-token")

const install = (into: string): void => {
  const log = path.join(into, `${process.pid}.said`)
  const note = (command: string, text: string) => {
    // What the test itself put on the command line is not what the program says.
    if (text !== "")
      fs.appendFileSync(log, `\n== ${command.replace(/sk-ant-\S+/g, "SECRET")}\n${text}`)
  }
  const commandOf = (given: ReadonlyArray<unknown>) =>
    [given[0], ...(Array.isArray(given[1]) ? given[1] : [])].map(String).join(" ").slice(0, 400)

  const spawn: (...given: Array<never>) => ChildProcess = childProcess.spawn
  Object.assign(childProcess, {
    spawn: (...given: Array<never>) => {
      const child = spawn(...given)
      const command = commandOf(given)
      for (const stream of [isAnswer(command) ? child.stdout : null, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => note(command, chunk.toString()))
      }
      return child
    }
  })
  const spawnSync: (...given: Array<never>) => {
    readonly stdout: unknown
    readonly stderr: unknown
  } = childProcess.spawnSync
  Object.assign(childProcess, {
    spawnSync: (...given: Array<never>) => {
      const done = spawnSync(...given)
      const command = commandOf(given)
      note(command, `${isAnswer(command) ? (done.stdout ?? "") : ""}${done.stderr ?? ""}`)
      return done
    }
  })

  const { rmSync } = fs
  /** Copies what is small, under its own name: the look comes later. */
  const keep = (from: string): void => {
    const name = `${path.basename(from)}-${process.pid}`
    fs.cpSync(from, path.join(into, "left", name), {
      recursive: true,
      filter: (file) => {
        const stat = fs.lstatSync(file, { throwIfNoEntry: false })
        return (
          stat !== undefined && (stat.isDirectory() || (stat.isFile() && stat.size < 256 * 1024))
        )
      }
    })
  }
  Object.assign(fs, {
    rmSync: (target: fs.PathLike, options?: fs.RmOptions) => {
      const at = String(target)
      if (
        options?.recursive === true &&
        path.dirname(at) === os.tmpdir() &&
        at.includes("clawdbot")
      ) {
        try {
          keep(at)
        } catch {
          // What cannot be read cannot be looked through either; the test has its own view of it.
        }
      }
      rmSync(target, options)
    }
  })
  syncBuiltinESMExports()
}

if (folder !== undefined && !Object.hasOwn(globalThis, installed)) {
  Object.defineProperty(globalThis, installed, { value: true })
  install(folder)
}
