/**
 * The short form of `./scripts/soak --hostile`: a client with a valid token sends 30 MB names,
 * chunks of one byte, conversations without end, 2,000 connections, and streams that it
 * never reads, while another client works.
 */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const script = fileURLToPath(new URL("../../../../scripts/benchmarks/hostile.mjs", import.meta.url))

/** What it says at its end. Times depend on the machine, and are for the long form. */
const Report = Schema.parseJson(
  Schema.Struct({
    beside: Schema.Struct({ requests: Schema.Number }),
    refused: Schema.Number,
    rssMb: Schema.Struct({ before: Schema.Number, most: Schema.Number, after: Schema.Number }),
    hostile: Schema.Record({ key: Schema.String, value: Schema.Number }),
    ended: Schema.Null
  })
)

const hostile = Effect.async<string>((resume) => {
  const child = spawn(process.execPath, [script, "--seconds", "20", "--after", "25", "--unread"], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.on("close", () => resume(Effect.succeed(said)))
  return Effect.sync(() => void child.kill("SIGTERM"))
})

it.live(
  "one hostile client: another one's requests are all answered, and memory stays within its bounds",
  () =>
    Effect.gen(function* () {
      const said = yield* hostile
      const report = yield* Schema.decode(Report)(said.trim())
      assert.strictEqual(report.refused, 0, said)
      assert.isAbove(report.beside.requests, 100, said)
      assert.isAtMost(report.rssMb.most, 512 + 200, said)
      // One minute is the promise; this is less.
      assert.isAtMost(report.rssMb.after, report.rssMb.before + 150, said)
      // It was there: names and connections came through. Tiny chunks take longer than this to be
      // refused; `http/test/dataPlane/readBody.test.ts` has them.
      for (const part of ["names 529", "connections 200"])
        assert.isAbove(report.hostile[part] ?? 0, 0, said)
    }),
  120_000
)
