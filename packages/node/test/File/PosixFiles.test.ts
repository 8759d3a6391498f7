import * as fs from "node:fs"
import * as Posix from "@clawdbot/node/File/PosixFiles"
import { PosixFiles } from "@clawdbot/node/File/PosixFiles"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

const descriptors = "/proc/self/fd"

/** The descriptors of a file that are open in this process. */
const openOf = (file: string): number =>
  fs.readdirSync(descriptors).filter((name) => {
    try {
      return fs.readlinkSync(`${descriptors}/${name}`) === file
    } catch {
      return false
    }
  }).length

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

it.live.skipIf(!fs.existsSync(descriptors))(
  "an opening that is interrupted at any moment leaves no descriptor open",
  () =>
    Effect.gen(function* () {
      const { open } = yield* PosixFiles
      const file = import.meta.filename
      for (let round = 0; round < 300; round++) {
        const fiber = yield* Effect.fork(Effect.scoped(open(file)))
        for (let waited = 0; waited < round % 6; waited++) yield* turn
        // As the answer of the system may come in the same turn.
        const opening = yield* Effect.fork(Effect.scoped(open(file)))
        yield* Fiber.interruptAll([fiber, opening])
      }
      for (let waited = 0; openOf(file) > 0 && waited < 1_000; waited++) yield* turn
      assert.strictEqual(openOf(file), 0)
    }).pipe(Effect.provideService(PosixFiles, Posix.ofSystem))
)
