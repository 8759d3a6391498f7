/**
 * Many processes on one store, some of them killed at any moment: what the tests of both lengths
 * run.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { storeIn, temporaryFolder } from "../temporaryState.ts"

const storeWorker = workerProgram(fileURLToPath(new URL("storeWorker.ts", import.meta.url)))

interface Ended {
  readonly said: ReadonlyArray<string>
  readonly code: number | null
}

const start = (worker: string, home: string, name: string, count: number) => {
  const child = spawn(process.execPath, [worker, home, name, String(count)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  let text = ""
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) =>
      resolve({ said: text.split("\n").filter((line) => line !== ""), code })
    )
  })
  return { child, ended }
}

const profilesIn = (home: string): ReadonlyArray<string> => {
  const value: unknown = JSON.parse(fs.readFileSync(storeIn(home), "utf8"))
  return typeof value === "object" && value !== null && "profiles" in value
    ? Object.keys(value.profiles ?? {})
    : []
}

/** All changes of all processes are there afterwards, and no temporary file or lock is left. */
export const writeTogether = (processes: number, changes: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const worker = yield* storeWorker
      yield* Effect.promise(async () => {
        const running = Array.from({ length: processes }, (_, index) =>
          start(worker, home, `w${index}`, changes)
        )
        for (const { code } of await Promise.all(running.map((one) => one.ended)))
          assert.strictEqual(code, 0)
      })
      assert.strictEqual(profilesIn(home).length, processes * changes)
      const left = fs
        .readdirSync(path.dirname(storeIn(home)))
        .filter((name) => !/^auth-profiles\.json(\.gen-\d)?$/.test(name))
      assert.deepStrictEqual(left, [])
    })
  )

/**
 * Whatever a killed process had said to be stored is stored, the store is whole after every kill,
 * and the next writer goes on.
 */
export const killWriters = (kills: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const worker = yield* storeWorker
      const promised = new Set<string>()
      for (let round = 0; round < kills; round++) {
        yield* Effect.promise(async () => {
          const { child, ended } = start(worker, home, `k${round}`, 1_000)
          await new Promise<void>((resolve) => {
            // real time: the process is killed at another moment of its writes in each round.
            child.stdout.once("data", () => setTimeout(resolve, (round * 7) % 23))
            child.once("close", () => resolve())
          })
          if (child.pid !== undefined) process.kill(child.pid, "SIGKILL")
          // The last line may be cut off by the kill.
          for (const name of (await ended).said.slice(0, -1)) promised.add(`anthropic:${name}`)
          // The next process would wait 30 s for a lock whose holder was killed; the reference's
          // protocol has no faster way.
          fs.rmSync(`${storeIn(home)}.lock`, { recursive: true, force: true })
        })
        const stored = new Set(profilesIn(home))
        for (const id of promised)
          assert.isTrue(stored.has(id), `${id} is lost after kill ${round}`)
      }
      yield* Effect.promise(() => start(worker, home, "last", 1).ended)
      const left = fs
        .readdirSync(path.dirname(storeIn(home)))
        .filter((name) => name.includes("-tmp-"))
      assert.deepStrictEqual(left, [])
    })
  )
