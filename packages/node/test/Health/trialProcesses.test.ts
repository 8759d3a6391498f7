/** Trials of many processes on one state folder, one of which is killed again and again. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { spacingMs } from "@clawdbot/domain/Health/Trial"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { temporaryFolder } from "../temporaryState.ts"

const trialWorker = workerProgram(fileURLToPath(new URL("trialWorker.ts", import.meta.url)))

/** Runs until it ends or is killed after `killAfterMs`; the times it said, in epoch ms. */
const run = (worker: string, home: string, seconds: number, killAfterMs?: number) =>
  Effect.promise(
    () =>
      new Promise<ReadonlyArray<number>>((resolve) => {
        const child = spawn(process.execPath, [worker, home, String(seconds)], {
          stdio: ["ignore", "pipe", "inherit"]
        })
        let text = ""
        child.stdout.on("data", (chunk: Buffer) => {
          text += chunk.toString()
        })
        const killed =
          killAfterMs === undefined
            ? undefined
            : // real time: the process is killed at another moment of its life each time.
              setTimeout(() => child.kill("SIGKILL"), killAfterMs)
        child.on("close", () => {
          clearTimeout(killed)
          resolve(text.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)])))
        })
      })
  )

it.scopedLive(
  "four processes, one killed five times: one trial a second, and no lock stays",
  () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const worker = yield* trialWorker
      const seconds = 10
      const victim = Effect.map(
        Effect.forEach([1_300, 1_700, 1_500, 1_900, 1_400], (killAfterMs) =>
          run(worker, home, seconds, killAfterMs)
        ),
        (said) => said.flat()
      )
      const said = yield* Effect.all(
        [...Array.from({ length: 3 }, () => run(worker, home, seconds)), victim],
        { concurrency: "unbounded" }
      )
      const times = said.flat().sort((a, b) => a - b)
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      assert.isAtLeast(Math.min(...gaps), spacingMs, String(gaps))
      const span = (times.at(-1) ?? 0) - (times[0] ?? 0)
      assert.isAtMost(times.length, span / 1_000 + 1.5, String(gaps))
      assert.isAtLeast(times.length, 4)
    }),
  60_000
)
