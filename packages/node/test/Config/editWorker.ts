/** A process of its own that edits a config file: `node editWorker.mjs <home> <worker> <edits>`. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as StatePaths from "@clawdbot/node/Environment/statePaths"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Disk from "../../src/File/Disk.ts"

const [, , home, worker, edits] = process.argv

const program = Effect.gen(function* () {
  const store = yield* ConfigStore
  for (let index = 0; index < Number(edits); index++) {
    yield* store.edit(() =>
      Either.right([{ _tag: "Set", path: ["env", "vars", `W${worker}_${index}`], value: "x" }])
    )
  }
})

const live = ConfigFile.layer.pipe(
  Layer.provide(ProcessEnvironment.layer),
  Layer.provide(StatePaths.layer({ env: { HOME: home }, workingFolder: home ?? "/" })),
  Layer.provide(Disk.layer)
)

Effect.runPromise(Effect.provide(program, live)).catch(() => {
  process.exitCode = 1
})
