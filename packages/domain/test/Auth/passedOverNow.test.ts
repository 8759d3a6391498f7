import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import type { PassedOver } from "../../src/Auth/Snapshot.ts"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld } from "./world.ts"

const cooling = {
  _tag: "Failed",
  at: 0,
  startedAt: 0,
  failure: {
    class: "rate_limit",
    status: 429,
    windows: [
      {
        scope: "all",
        until: 60_000,
        class: "rate_limit",
        source: "retry-after",
        observedAt: 0
      }
    ]
  },
  jitterMs: 0,
  ladder: Cooldown.settings({}, ProviderId.anthropic)
} as const

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

/** What both say in the same words. */
const said = ({ candidates, rejected }: PassedOver) => ({
  cooling: candidates.filter(({ state }) => state !== "ready"),
  rejected: rejected.map(({ detail, profile, reason }) => ({ detail, profile, reason }))
})

describe("which credentials are no choice, without waiting for anything", () => {
  it.effect("is not known until the stores were read, and then what the dry run says", () =>
    Effect.gen(function* () {
      const { explain, passedOverNow } = yield* AuthResolver
      const now = yield* Clock.currentTimeMillis
      assert.isUndefined(passedOverNow(request, now))
      const read = yield* explain(request)
      assert.strictEqual(read.candidates.length, 2)
      const known = passedOverNow(request, now)
      assert.isDefined(known)
      assert.deepStrictEqual(said(known), said(read))
      assert.strictEqual(known.rejected.length, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("names who cools down", () =>
    Effect.gen(function* () {
      const { explain, passedOverNow } = yield* AuthResolver
      const { document } = yield* (yield* ProfileStore).read(AgentId.main)
      const profile = ProfileId.of("anthropic:a")
      const credential = document.profiles.get(profile)
      assert.isDefined(credential)
      const mark = Credential.secretFingerprint(credential)
      yield* (yield* HealthStore).record(AgentId.main, profile, mark, cooling)
      const read = yield* explain(request)
      const known = passedOverNow(request, yield* Clock.currentTimeMillis)
      assert.isDefined(known)
      assert.deepStrictEqual(said(known), said(read))
      assert.strictEqual(said(known).cooling.length, 1)
    }).pipe(Effect.provide(world))
  )
})
