/** What a gateway watches and is not there: found soon once it is, and cheap until then. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as FaultyDisk from "@clawdbot/testing/File/FaultyDisk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { watchedVersion } from "../../src/File/watchedVersion.ts"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { eventually } from "../eventually.ts"
import { statePaths, temporaryFolder, write } from "../temporaryState.ts"

const looksAt = (disk: FaultyDisk.FaultyDisk, name: string) =>
  disk.calls.filter((call) => call.name === "posix.stat" && call.path.endsWith(name)).length

describe("a file that is watched", () => {
  it.scoped("is looked at only where there is one", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/file`
      const disk = FaultyDisk.make(() => undefined)
      const version = Effect.provide(
        watchedVersion(file, "missing", ({ size }) => String(size)),
        disk.layer
      )
      assert.strictEqual(yield* version, "missing")
      assert.strictEqual(looksAt(disk, "file"), 0)
      write(file, "four")
      assert.strictEqual(yield* version, "4")
      assert.strictEqual(looksAt(disk, "file"), 1)
    })
  )

  it.scoped("the stores and the health of agents without any cost a gateway no look", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const disk = FaultyDisk.make(() => undefined)
      const agent = AgentId.normalize("other")
      const surroundings = Layer.provideMerge(
        ConfigMemory.layer('{ "agents": { "list": [{ "id": "other" }] } }'),
        Layer.mergeAll(EnvironmentMemory.layer({}), statePaths(home), disk.layer)
      )
      const layer = Layer.provide(
        Layer.merge(ProfileFile.layerWatching, HealthFile.layerWatching),
        surroundings
      )
      yield* Effect.gen(function* () {
        const stores = yield* ProfileStore
        yield* (yield* HealthStore).read(agent)
        assert.isFalse((yield* stores.read(agent)).exists)
        const before = looksAt(disk, ".json")
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(looksAt(disk, ".json"), before)
        write(`${home}/.clawdbot/agents/other/agent/auth-profiles.json`, '{"profiles":{}}')
        yield* eventually(
          Effect.zipRight(
            TestClock.adjust("500 millis"),
            Effect.map(stores.read(agent), ({ exists }) => exists)
          )
        )
      }).pipe(Effect.provide(layer))
    })
  )
})
