import * as fs from "node:fs/promises"
import * as path from "node:path"
import { ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import * as ConfigWatch from "@clawdbot/node/Config/ConfigWatch"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { eventually } from "../eventually.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "./configFileTexts.ts"

describe("a watch of the config", () => {
  onDisk.scoped("goes on after a reading that ended in a defect", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "clawdbot.json")
      const write = (text: string) => Effect.promise(() => fs.writeFile(file, text))
      yield* write("{}")
      let defects = 0
      // What a state holds does not matter here: each reading fails with what the file says.
      const read: ConfigWatch.Read = Effect.gen(function* () {
        const text = yield* Effect.promise(() => fs.readFile(file, "utf8"))
        if (text === "defect") {
          defects += 1
          return yield* Effect.die(new RangeError("too deep"))
        }
        const state = new ConfigUnavailable({ path: file, operation: "read", code: text })
        return { result: Either.left(state), looked: new Set([file]) }
      })
      const watch = yield* ConfigWatch.make(file, read)
      const changes = yield* watch.subscribe
      const told = yield* Effect.fork(Stream.runHead(changes))
      const turn = TestClock.adjust("200 millis")
      yield* write("defect")
      yield* eventually(Effect.map(turn, () => defects > 0))
      yield* write("live again")
      // Each turn looks; one may fall into the time that a change is left to settle.
      yield* eventually(Effect.zipRight(turn, Effect.map(Fiber.poll(told), Option.isSome)))
      const state = Option.getOrUndefined(yield* Fiber.join(told))
      assert.strictEqual(
        state !== undefined && Either.isLeft(state) ? state.left.message : "",
        `cannot read the config ${file} (live again)`
      )
    }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
  )
})
