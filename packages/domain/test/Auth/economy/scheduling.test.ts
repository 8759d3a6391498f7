/** The choice by quota on the layers that every request goes through, on the test clock. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import { Affinity } from "../../../src/Auth/Affinity.ts"
import type { AttemptResult } from "../../../src/Auth/AttemptResult.ts"
import type { AuthRequest } from "../../../src/Auth/AuthRequest.ts"
import { AuthResolver } from "../../../src/Auth/AuthResolver.ts"
import type { CredentialUse } from "../../../src/Auth/CredentialUse.ts"
import { Failover } from "../../../src/Auth/Failover.ts"
import type { Window } from "../../../src/Health/Window.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../../src/Profile/ProviderId.ts"
import * as Usage from "../../../src/Usage/Usage.ts"
import { layerWorld, type World } from "../world.ts"

const model = "claude-opus-5-5"
const minute = 60_000
const hour = 60 * minute
const start = 1_800_000_000_000

const stores = {
  main: {
    profiles: Object.fromEntries(
      ["a", "b", "c"].map((name) => [
        name,
        { type: "token", provider: "anthropic", token: `sk-ant-oat01-${name}` }
      ])
    )
  }
}

/** By credential: used parts and hours to the reset, as its answers say them. */
type Limits = Record<string, Readonly<Record<string, readonly [used: number, hours: number]>>>

/** A provider that says the limits of whoever is asked, and counts who was. */
const providerOf = (limits: Limits) => {
  const asked: Array<string> = []
  const attempt = (use: CredentialUse) =>
    Effect.map(Clock.currentTimeMillis, (now): AttemptResult<string> => {
      asked.push(use.profile)
      const windows = Object.entries(limits[use.profile] ?? {}).map(
        ([scope, [utilization, hours]]): Window => ({
          scope,
          class: "usage",
          source: "unified-reset",
          until: start + hours * hour,
          observedAt: now,
          utilization
        })
      )
      return { _tag: "Answered", value: use.profile, windows }
    })
  return { asked, attempt }
}

const requestOf = (conversation: string, more: Partial<AuthRequest> = {}): AuthRequest => ({
  agent: AgentId.main,
  provider: ProviderId.anthropic,
  model,
  conversation,
  ...more
})

/** Runs with the limits of each credential known, from one request that was bound to it. */
const scheduled = <A, E>(
  scheduling: string | undefined,
  limits: Limits,
  test: (
    ask: (request: AuthRequest) => Effect.Effect<string | undefined>,
    provider: ReturnType<typeof providerOf>
  ) => Effect.Effect<A, E, Affinity | AuthResolver>
) => {
  const world: World = { stores, config: scheduling === undefined ? {} : { auth: { scheduling } } }
  return Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const failover = yield* Failover
    const provider = providerOf(limits)
    const ask = (request: AuthRequest) =>
      failover.run(request, provider.attempt).pipe(
        Effect.map(({ result }) => result.value),
        Effect.orDie
      )
    for (const profile of Object.keys(limits)) {
      yield* ask(requestOf(`first of ${profile}`, { profile: ProfileId.of(profile) }))
      yield* TestClock.adjust(1)
    }
    yield* TestClock.adjust(6 * minute)
    provider.asked.length = 0
    return yield* test(ask, provider)
  }).pipe(Effect.provide(layerWorld(world)))
}

const limitsOf = (fiveHours: number): Limits => ({
  a: { "5h": [fiveHours, 4], "7d": [0.4, 20] },
  b: { "5h": [0.1, 4], "7d": [0.1, 144] },
  c: { "5h": [0.5, 4], "7d": [0.1, 144] }
})

describe("auth.scheduling", () => {
  it.effect("takes first what would be lost soonest, and spares what is nearly used", () =>
    Effect.gen(function* () {
      const chosen = (fiveHours: number) =>
        scheduled("economy", limitsOf(fiveHours), (ask) => ask(requestOf("new")))
      assert.strictEqual(yield* chosen(0.1), "a")
      assert.strictEqual(yield* chosen(0.98), "b")
    })
  )

  it.effect(
    "leaves a warm conversation at 92 %, moves it once it is cold, and says both sums",
    () => {
      const limits = limitsOf(0.1)
      return scheduled("economy", limits, (ask) =>
        Effect.gen(function* () {
          const { uses } = yield* Affinity
          const resolver = yield* AuthResolver
          assert.strictEqual(yield* ask(requestOf("x")), "a")
          const read = { ...Usage.zero, cacheRead: 250_000, cacheWrite5m: 50_000 }
          uses.learn({ agent: AgentId.main, conversation: "x", model }, ProfileId.of("a"), read)
          limits.a = { "5h": [0.92, 4], "7d": [0.4, 20] }
          yield* ask(requestOf("y", { profile: ProfileId.of("a") }))
          assert.strictEqual(yield* ask(requestOf("z")), "b")
          yield* TestClock.adjust(4 * minute)
          const warm = yield* resolver.explain(requestOf("x"))
          assert.strictEqual(warm.chosen, "a")
          assert.deepInclude(warm.candidates[0], { place: "same conversation" })
          const { cache, headroom } = warm.candidates[0]?.quota ?? {}
          assert.strictEqual(headroom, 0.08)
          assert.strictEqual(cache?.tokens, 300_000)
          // 300,000 tokens written at $5 a million instead of read at $0.20.
          assert.approximately(cache?.moveUsd ?? 0, 1.44, 1e-9)
          assert.strictEqual(yield* ask(requestOf("x")), "a")
          yield* TestClock.adjust(6 * minute)
          const cold = yield* resolver.explain(requestOf("x"))
          assert.deepInclude(cold.candidates[0], { profile: "b", place: "by quota" })
          assert.isUndefined(cold.candidates[0]?.quota?.cache)
          assert.strictEqual(yield* ask(requestOf("x")), "b")
        })
      )
    }
  )

  it.effect(
    "spreads sixty sub-agents over three credentials, none of which gets more than 45 %",
    () =>
      scheduled(
        "economy",
        { a: { "5h": [0.1, 4] }, b: { "5h": [0.2, 4] }, c: { "5h": [0.3, 4] } },
        (ask, { asked }) =>
          Effect.gen(function* () {
            yield* Effect.forEach(
              Array.from({ length: 60 }, (_, index) => `session agent-${index}`),
              (conversation) => ask(requestOf(conversation, { background: true })),
              { concurrency: "unbounded" }
            )
            for (const name of ["a", "b", "c"])
              assert.isAtMost(asked.filter((profile) => profile === name).length, 27, name)
          })
      )
  )

  it.effect(
    "changes nothing where it is `order`, which is the default, and remembers nothing",
    () =>
      Effect.gen(function* () {
        const by = (scheduling: string | undefined) =>
          scheduled(scheduling, limitsOf(0.98), (ask, { asked }) =>
            Effect.gen(function* () {
              for (const conversation of ["x", "y", "x", "z", "y"]) {
                yield* ask(requestOf(conversation))
                yield* TestClock.adjust(6 * minute)
              }
              const { uses } = yield* Affinity
              assert.strictEqual(uses.size, 0)
              return { asked, explained: yield* (yield* AuthResolver).explain(requestOf("x")) }
            })
          )
        const before = yield* by(undefined)
        assert.deepStrictEqual(before.asked, ["a", "b", "a", "c", "b"])
        assert.deepStrictEqual(yield* by("order"), before)
        assert.isTrue(before.explained.candidates.every(({ quota }) => quota === undefined))
      })
  )
})
