import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import JSON5 from "json5"
import { temporaryFolder } from "./configFileTexts.ts"

const editWorker = workerProgram(fileURLToPath(new URL("editWorker.ts", import.meta.url)))

const run = (script: string, home: string, worker: number, edits: number, killAfter?: number) =>
  Effect.async<number | null>((resume) => {
    const child = spawn(process.execPath, [script, home, String(worker), String(edits)], {
      stdio: "ignore"
    })
    const timer =
      killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter)
    child.on("exit", (code) => {
      clearTimeout(timer)
      resume(Effect.succeed(code))
    })
  })

const keysIn = (file: string) =>
  Effect.promise(async () => {
    const value: { env: { vars: Record<string, string> } } = JSON5.parse(
      await fs.readFile(file, "utf8")
    )
    return new Set(Object.keys(value.env.vars))
  })

it.live(
  "200 edits of 40 processes lose nothing, and a killed one stops nobody",
  () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const script = yield* editWorker
      const file = path.join(home, ".clawdbot", "clawdbot.json")
      yield* Effect.promise(() => fs.mkdir(path.dirname(file)))
      yield* Effect.promise(() => fs.writeFile(file, "{\n  // mine\n  env: { vars: {} }\n}\n"))
      const workers = Array.from({ length: 40 }, (_, index) => index)
      const killed = [100, 101, 102, 103]
      const codes = yield* Effect.all(
        [
          Effect.forEach(workers, (worker) => run(script, home, worker, 5), {
            concurrency: "unbounded"
          }),
          Effect.forEach(
            killed,
            (worker, index) => run(script, home, worker, 500, 1500 + index * 700),
            {
              concurrency: "unbounded"
            }
          )
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        codes[0].filter((code) => code !== 0),
        []
      )
      const keys = yield* keysIn(file)
      for (const worker of workers)
        for (let index = 0; index < 5; index++) assert.isTrue(keys.has(`W${worker}_${index}`))
      assert.include(yield* Effect.promise(() => fs.readFile(file, "utf8")), "// mine")
    }).pipe(Effect.scoped),
  180_000
)
