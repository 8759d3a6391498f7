import * as fs from "node:fs/promises"
import * as path from "node:path"
import { ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import * as ConfigWatch from "@clawdbot/node/Config/ConfigWatch"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { temporaryFolder } from "./configFileTexts.ts"

describe("a watch of the config", () => {
  it.scopedLive("goes on after a reading that ended in a defect", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "clawdbot.json")
      const write = (text: string) => Effect.promise(() => fs.writeFile(file, text))
      yield* write("{}")
      // What a state holds does not matter here: each reading fails with what the file says.
      const read: ConfigWatch.Read = Effect.gen(function* () {
        const text = yield* Effect.promise(() => fs.readFile(file, "utf8"))
        if (text === "defect") return yield* Effect.die(new RangeError("too deep"))
        const state = new ConfigUnavailable({ path: file, operation: "read", code: text })
        return { result: Either.left(state), looked: new Set([file]) }
      })
      const watch = yield* ConfigWatch.make(file, read)
      const changes = yield* watch.subscribe
      yield* write("defect")
      yield* Effect.sleep("700 millis")
      yield* write("live again")
      const [state] = yield* Stream.runCollect(Stream.take(changes, 1))
      assert.strictEqual(
        state !== undefined && Either.isLeft(state) ? state.left.message : "",
        `cannot read the config ${file} (live again)`
      )
    }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
  )
})
