import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const openai = ProviderId.normalize("openai")
const request = { agent: AgentId.main, provider: openai }
const key = (provider: string) => ({ type: "api_key", provider, key: `sk-${provider}` })

const failing = (world: World) =>
  Effect.flatMap(AuthResolver, (resolver) => Effect.flip(resolver.resolve(request))).pipe(
    Effect.provide(layerWorld(world))
  )

describe("a provider that is nowhere configured", () => {
  it.effect("has no key, which is what a request for it is told", () =>
    Effect.gen(function* () {
      const stores = { main: { profiles: { "anthropic:default": key("anthropic") } } }
      const error = yield* failing({ stores })
      assert.strictEqual(error._tag, "NoApiKey")
      assert.include(error.message, 'No API key found for provider "openai"')
      const failover = yield* Effect.flatMap(Failover, ({ run }) =>
        Effect.flip(run(request, () => Effect.dieMessage("nothing is sent")))
      ).pipe(Effect.provide(layerWorld({ stores })))
      assert.strictEqual(failover._tag, "NoApiKey")
    })
  )

  it.effect("can be explained", () =>
    Effect.gen(function* () {
      const explanation = yield* (yield* AuthResolver).explain(request)
      assert.deepStrictEqual(
        [explanation.provider, explanation.chosen, explanation.candidates],
        ["openai", undefined, []]
      )
    }).pipe(Effect.provide(layerWorld({})))
  )

  it.effect("with a credential and no address, the address is what is missing", () =>
    Effect.gen(function* () {
      const stores = { main: { profiles: { "openai:default": key("openai") } } }
      const error = yield* failing({ stores })
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(JSON.stringify(error), "models.providers.openai.baseUrl")
      assert.notInclude(JSON.stringify(error), "api.anthropic.com")
    })
  )

  it.effect("with a wrong address, the address is what is wrong", () =>
    Effect.gen(function* () {
      const config = { models: { providers: { openai: { baseUrl: "ftp://example" } } } }
      assert.strictEqual((yield* failing({ config }))._tag, "ConfigInvalid")
    })
  )
})
