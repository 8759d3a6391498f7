import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld } from "./world.ts"

const request = { agent: AgentId.main, provider: ProviderId.anthropic }

const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
const profiles = {
  "anthropic:a": key("one"),
  "anthropic:b": key("two"),
  "anthropic:c": { ...key("three"), disabled: true }
}

const world = Layer.fresh(AuthResolver.Default).pipe(
  Layer.provideMerge(ProfileMemory.layer({ main: { version: 1, profiles } })),
  Layer.provideMerge(layerWorld({ config: {} }))
)

describe("the dry run that waits for nothing", () => {
  it.effect("is not there until the stores were read, and says what the other one says", () =>
    Effect.gen(function* () {
      const { explain, explainNow } = yield* AuthResolver
      const now = yield* Clock.currentTimeMillis
      assert.isUndefined(explainNow(request, now))
      const read = yield* explain(request)
      assert.strictEqual(read.candidates.length, 2)
      assert.strictEqual(read.rejected.length, 1)
      assert.deepStrictEqual(explainNow(request, now), read)
    }).pipe(Effect.provide(world))
  )
})
