/** What every `ResourcePins` must do. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { briefMs, maxPerGroup, type Pin, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

const work = AgentId.normalize("work")
const profile = ProfileId.of("anthropic:a")
const pin = (kind: string, id: string): Pin => ({ agent: AgentId.main, kind, id, profile })

/** Runs the suite against a layer; each test gets one of its own. */
export const resourcePinsContract = <E>(
  name: string,
  layer: Layer.Layer<ResourcePins, E>
): void => {
  describe(`ResourcePins: ${name}`, () => {
    it.effect("knows who created what, for the agent that asked for it and for no other", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        assert.isTrue(pins.isEmpty())
        pins.note(pin("file", "file_1"), 0)
        assert.isFalse(pins.isEmpty())
        assert.strictEqual(pins.find(AgentId.main, "file_1"), profile)
        assert.isUndefined(pins.find(work, "file_1"))
        assert.isUndefined(pins.find(AgentId.main, "file_2"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("forgets what was not asked for the longest when there are too many", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        for (let number = 0; number < maxPerGroup; number++)
          pins.note(pin(number % 2 === 0 ? "file" : "batch", `file_${number}`), 0)
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        pins.note(pin("file", "file_new"), 0)
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        assert.isUndefined(pins.find(AgentId.main, "file_1"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("containers, and what is set up, have bounds of their own", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        pins.note(pin("file", "file_1"), 0)
        pins.note(pin("skill", "skill_1"), 0)
        for (let number = 0; number <= maxPerGroup; number++)
          pins.note(pin("container", `container_${number}`), 0)
        for (const id of ["file_1", "skill_1", `container_${maxPerGroup}`])
          assert.strictEqual(pins.find(AgentId.main, id), profile, id)
        assert.isUndefined(pins.find(AgentId.main, "container_0"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("threads and credits are remembered for six minutes, apart from the rest", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        for (const kind of ["thread", "fallback_credit"] as const) {
          pins.note(pin(kind, "msg_1"), 1_000)
          assert.isTrue(pins.isEmpty())
          assert.isUndefined(pins.find(AgentId.main, "msg_1"))
          const at = (now: number) => pins.findBrief(kind, AgentId.main, "msg_1", now)
          assert.strictEqual(at(1_000 + briefMs - 1), profile)
          assert.isUndefined(at(1_000 + briefMs))
          assert.isUndefined(pins.findBrief(kind, work, "msg_1", 1_000))
        }
        pins.note(pin("thread", "msg_2"), 2_000)
        assert.isUndefined(pins.findBrief("fallback_credit", AgentId.main, "msg_2", 2_000))
      }).pipe(Effect.provide(layer))
    )

    it.effect("no more threads are remembered than that, the oldest go first", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        for (let number = 0; number <= maxPerGroup; number++)
          pins.note(pin("thread", `msg_${number}`), number)
        const known = (id: string) => pins.findBrief("thread", AgentId.main, id, maxPerGroup)
        assert.isUndefined(known("msg_0"))
        assert.strictEqual(known("msg_1"), profile)
        assert.strictEqual(known(`msg_${maxPerGroup}`), profile)
      }).pipe(Effect.provide(layer))
    )
  })
}
