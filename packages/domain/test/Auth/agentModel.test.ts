/** Which credential is handed out where no model is named. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const first = ProfileId.of("anthropic:a")
const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })

/** The profile that is handed out while the first one has a limit on Opus. */
const handedOut = (world: World) =>
  Effect.gen(function* () {
    const { document } = yield* (yield* ProfileStore).read(AgentId.main)
    const credential = document.profiles.get(first)
    if (credential === undefined) return yield* Effect.dieMessage("it is there")
    const window = {
      scope: "group:opus-4",
      until: 1_000_000,
      class: "rate_limit",
      source: "retry-after",
      observedAt: 0
    } as const
    yield* (yield* HealthStore).record(
      AgentId.main,
      first,
      Credential.secretFingerprint(credential),
      {
        _tag: "Failed",
        at: 0,
        startedAt: 0,
        failure: { class: "rate_limit", status: 429, windows: [window] },
        jitterMs: 0,
        ladder: Cooldown.settings({}, ProviderId.anthropic)
      }
    )
    const request = { agent: AgentId.main, provider: ProviderId.anthropic }
    return (yield* (yield* AuthResolver).resolve(request)).profile
  }).pipe(Effect.provide(layerWorld(world)))

describe("a credential asked for without a model", () => {
  const both = { main: { profiles: { [first]: key("ka"), "anthropic:b": key("kb") } } }
  const order = { anthropic: [first, "anthropic:b"] }
  const models = (model: string) => ({
    auth: { order },
    agents: {
      defaults: { model: { primary: "anthropic/claude-sonnet-4-5" } },
      list: [{ id: "main", model }]
    }
  })

  it.effect("is one that could answer for the agent's own model", () =>
    Effect.gen(function* () {
      const opus = models("anthropic/claude-opus-4-5")
      assert.strictEqual(yield* handedOut({ stores: both, config: opus }), "anthropic:b")
      const haiku = models("anthropic/claude-haiku-4-5")
      assert.strictEqual(yield* handedOut({ stores: both, config: haiku }), first)
    })
  )

  it.effect("is any other where none could: the asker may mean another model", () =>
    Effect.gen(function* () {
      const stores = { main: { profiles: { [first]: key("ka") } } }
      const config = models("anthropic/claude-opus-4-5")
      assert.strictEqual(yield* handedOut({ stores, config }), first)
    })
  )
})
