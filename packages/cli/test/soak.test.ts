import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const script = fileURLToPath(new URL("../../../scripts/benchmarks/soak.mjs", import.meta.url))

/** A short soak: its exit status and what it says. */
const soak = (...argv: ReadonlyArray<string>) =>
  Effect.async<{ readonly status: number | null; readonly text: string }>((resume) => {
    const child = spawn(process.execPath, [script, ...argv], { stdio: ["ignore", "pipe", "pipe"] })
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.on("close", (status) => resume(Effect.succeed({ status, text })))
    // SIGTERM would leave the gateway behind: it is ended by the script's own last step.
    return Effect.sync(() => void child.kill("SIGINT"))
  })

it.live(
  "200 streams stay open through a real gateway, each word in its order, and its memory " +
    "stays where it is",
  () =>
    Effect.map(soak("--streams", "200", "--seconds", "5"), ({ status, text }) => {
      assert.strictEqual(status, 0, text)
      assert.include(text, '"lost":0')
    }),
  60_000
)
