import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { healthStoreContract, limited } from "@clawdbot/testing/Health/healthStoreContract"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import { surroundings, temporaryFolder, write } from "../temporaryState.ts"

for (const [name, layer] of [
  ["file", HealthFile.layer],
  ["watching file", HealthFile.layerWatching]
] as const) {
  healthStoreContract(
    name,
    Layer.unwrapScoped(Effect.map(temporaryFolder, (home) => Layer.provide(layer, surroundings(home))))
  )
}

const id = ProfileId.of("anthropic:work")
const fileIn = (home: string) => `${home}/.clawdbot/agents/main/agent/auth-health.json`
const open = (home: string) => Layer.provide(HealthFile.layer, surroundings(home))
const store = HealthStore

describe("HealthFile", () => {
  it.scopedLive("is on disk when the layer is closed, and known after a restart", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* Effect.provide(
        Effect.flatMap(store, (health) => health.record(AgentId.main, id, "mark", limited)),
        open(home)
      )
      assert.strictEqual((fs.statSync(fileIn(home)).mode & 0o777).toString(8), "600")
      const document = yield* Effect.provide(
        Effect.flatMap(store, (health) => health.read(AgentId.main)),
        open(home)
      )
      assert.strictEqual(document.profiles.get(id)?.windows.length, 1)
    })
  )

  it.scopedLive("two processes' records are both kept", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const record = (profile: string) =>
        Effect.provide(
          Effect.flatMap(store, (health) =>
            Effect.zipRight(health.record(AgentId.main, ProfileId.of(profile), "mark", limited), health.flush)
          ),
          Layer.fresh(open(home))
        )
      yield* Effect.all([record("a"), record("b"), record("c")], { concurrency: "unbounded" })
      const text = fs.readFileSync(fileIn(home), "utf8")
      for (const profile of ["a", "b", "c"]) assert.include(text, `"${profile}"`)
    })
  )

  it.scopedLive("a broken file stops nothing: it is put aside and nothing is known", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(fileIn(home), "{ broken")
      const document = yield* Effect.provide(
        Effect.flatMap(store, (health) => health.read(AgentId.main)),
        open(home)
      )
      assert.strictEqual(document.profiles.size, 0)
      assert.isTrue(fs.readdirSync(`${home}/.clawdbot/agents/main/agent`).some((name) => name.includes(".corrupt-")))
    })
  )
})
