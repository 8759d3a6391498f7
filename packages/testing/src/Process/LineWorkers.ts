/**
 * Processes that go on to the next test: starting one costs more than what most tests ask of it.
 * What a test needs of a process that nobody used before, it starts by itself.
 */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as LineWorker from "./lineWorker.ts"

/** Gives processes of a program, each to one scope at a time. */
export class LineWorkers extends Context.Tag("@clawdbot/testing/Process/LineWorkers")<
  LineWorkers,
  {
    /**
     * A process of a program, started without options. It is handed on after the scope, unless it
     * has ended or an answer of it is still to come.
     */
    readonly take: (program: string) => Effect.Effect<LineWorker.LineWorker, never, Scope.Scope>
  }
>() {}

const temporaryHome = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** They are killed with the layer, whose folder is their home. */
export const layer: Layer.Layer<LineWorkers> = Layer.scoped(
  LineWorkers,
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const home = yield* temporaryHome
    const free = new Map<string, Array<LineWorker.LineWorker>>()
    const freeOf = (program: string) => {
      const workers = free.get(program) ?? []
      free.set(program, workers)
      return workers
    }
    return LineWorkers.of({
      take: (program) =>
        Effect.acquireRelease(
          Effect.suspend(() => {
            const worker = freeOf(program).pop()
            return worker === undefined
              ? Scope.extend(LineWorker.start(program, home, {}), scope)
              : Effect.succeed(worker)
          }),
          (worker) =>
            Effect.sync(() => {
              if (worker.isFree()) freeOf(program).push(worker)
              else worker.kill()
            })
        )
    })
  })
)
