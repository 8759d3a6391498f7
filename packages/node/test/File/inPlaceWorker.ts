/**
 * A process that writes a file in place and kills itself after a step, or writes the way everything
 * is written: `node worker.mjs FILE STEP CONTENT`, where STEP may be "durably".
 */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Disk from "../../src/File/Disk.ts"
import { durableWrite } from "../../src/File/durableWrite.ts"
import { writeInPlace } from "../../src/File/inPlace.ts"

const [target = "", step = "", content = ""] = process.argv.slice(2)
const bytes = new TextEncoder().encode(content)

if (step === "durably") {
  const done = await Effect.runPromise(
    Effect.either(durableWrite(target, bytes)).pipe(Effect.provide(Disk.layer))
  )
  process.stdout.write(done._tag === "Right" ? "written" : done.left.code)
} else {
  const temporary = `${target}.temporary`
  fs.writeFileSync(temporary, bytes)
  const write = writeInPlace({
    target,
    bytes,
    temporary,
    mode: 0o600,
    after: (reached) => {
      if (reached === step) process.kill(process.pid, "SIGKILL")
    }
  })
  await Effect.runPromise(Effect.provide(write, Disk.layer))
}
