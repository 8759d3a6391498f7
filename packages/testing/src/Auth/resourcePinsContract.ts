/** What every `ResourcePins` must do. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { capacity, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

const work = AgentId.normalize("work")
const profile = ProfileId.of("anthropic:a")

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
        pins.note({ agent: AgentId.main, id: "file_1", profile })
        assert.isFalse(pins.isEmpty())
        assert.strictEqual(pins.find(AgentId.main, "file_1"), profile)
        assert.isUndefined(pins.find(work, "file_1"))
        assert.isUndefined(pins.find(AgentId.main, "file_2"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("forgets what was not asked for the longest when there are too many", () =>
      Effect.gen(function* () {
        const pins = yield* ResourcePins
        for (let number = 0; number < capacity; number++) {
          pins.note({ agent: AgentId.main, id: `file_${number}`, profile })
        }
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        pins.note({ agent: AgentId.main, id: "file_new", profile })
        assert.strictEqual(pins.find(AgentId.main, "file_0"), profile)
        assert.isUndefined(pins.find(AgentId.main, "file_1"))
      }).pipe(Effect.provide(layer))
    )
  })
}
