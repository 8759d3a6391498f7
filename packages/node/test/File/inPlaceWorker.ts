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

const writeDurably = durableWrite(target, bytes).pipe(
  Effect.match({ onFailure: ({ code }) => code, onSuccess: () => "written" }),
  Effect.andThen((said) => Effect.sync(() => process.stdout.write(said)))
)

const writeUntilStep = Effect.suspend(() => {
  const temporary = `${target}.temporary`
  fs.writeFileSync(temporary, bytes)
  return writeInPlace({
    target,
    bytes,
    temporary,
    mode: 0o600,
    after: (reached) => {
      if (reached === step) process.kill(process.pid, "SIGKILL")
    }
  })
})

if (step === "durably") void Effect.runPromise(Effect.provide(writeDurably, Disk.layer))
else void Effect.runPromise(Effect.provide(writeUntilStep, Disk.layer))
