/**
 * What a newer version wrote into a health file (decision D43): read, shown by name, kept by two
 * processes that write in turn, and honoured until its end.
 */
import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Health from "@clawdbot/domain/Health/HealthDocument"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest, requestTarget } from "@clawdbot/domain/Health/RequestTarget"
import { isStated } from "@clawdbot/domain/Health/Window"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { limited } from "@clawdbot/testing/Health/healthStoreContract"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HealthFile from "../../src/Health/HealthFile.ts"
import { surroundings, temporaryFolder, write } from "../temporaryState.ts"

const id = ProfileId.of("anthropic:work")
const until = 4_102_444_800_000
const strange = {
  scope: "zone:x",
  until,
  class: "region_blocked",
  source: "z",
  observedAt: 1_700_000_000_000,
  regions: ["eu"]
}
const written = {
  version: 1,
  epoch: { of: "a newer version" },
  profiles: {
    [id]: {
      secretFingerprint: "mark",
      residency: "eu",
      windows: [strange, { kind: "no window at all" }]
    },
    "anthropic:odd": { sealed: true }
  }
}

it.scopedLive(
  "region_blocked in zone:x is honoured, and kept through ten writes of two processes",
  () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const file = `${home}/.clawdbot/agents/main/agent/auth-health.json`
      write(file, JSON.stringify(written))
      const process = Effect.map(
        Layer.build(Layer.fresh(Layer.provide(HealthFile.layerWatching, surroundings(home)))),
        (context) => Context.get(context, HealthStore)
      )
      const processes = [yield* process, yield* process]
      for (let round = 0; round < 10; round++) {
        const store = processes[round % 2]
        if (store === undefined) return
        const before = fs.statSync(file).ino
        yield* store.record(AgentId.main, ProfileId.of(`p${round}`), "mark", limited)
        yield* store.record(AgentId.main, id, "mark", {
          _tag: "Used",
          at: 1_700_000_000_000 + round
        })
        yield* store.flush
        assert.notStrictEqual(fs.statSync(file).ino, before)
      }
      const { epoch, profiles } = JSON.parse(fs.readFileSync(file, "utf8"))
      assert.deepStrictEqual(epoch, written.epoch)
      assert.deepStrictEqual(profiles["anthropic:odd"], written.profiles["anthropic:odd"])
      assert.deepStrictEqual(profiles[id], {
        ...written.profiles[id],
        lastUsedAt: 1_700_000_000_009
      })
      assert.strictEqual(Object.keys(profiles).length, 12)
      for (const store of processes) {
        const health = Health.of(yield* store.read(AgentId.main), id, "mark")
        for (const target of [anyRequest, requestTarget({ model: "claude-opus-5" })]) {
          const [obstacle] = HealthPolicy.obstacles(health, target, until - 1)
          assert.deepInclude(obstacle, { class: "region_blocked", scope: "zone:x", source: "z" })
          assert.isFalse(obstacle !== undefined && isStated(obstacle))
          assert.deepStrictEqual(HealthPolicy.obstacles(health, target, until), [])
        }
      }
    })
)
