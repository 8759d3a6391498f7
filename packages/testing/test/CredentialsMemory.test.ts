/** Worlds in memory: what is one and what is apart, and that the same one happens twice. */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import { classify } from "@clawdbot/domain/Health/classify"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

const hour = 3_600_000
const now = 1_000 * hour
const profile = ProfileId.of("anthropic:me")
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }
const oneKey = {
  main: { profiles: { "anthropic:me": { type: "api_key", provider: "anthropic", key: "key-a" } } }
}

/** A login that is over, stored; every authority gives its first login the same tokens. */
const signIn = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  const { families } = yield* TokenAuthority
  const tokens = families.signIn()
  const login = Either.getOrThrow(
    Credential.decode({
      type: "oauth",
      provider: "anthropic",
      access: tokens.access,
      refresh: tokens.refresh,
      expires: now - 1,
      accountId: tokens.account
    })
  )
  yield* (yield* ProfileStore).modify(AgentId.main, (document) =>
    Either.right({ document: ProfileDocument.set(document, profile, login), result: undefined })
  )
  return tokens
})

const refreshOnce = Effect.gen(function* () {
  const { refresh } = yield* signIn
  const { secret } = yield* (yield* AuthResolver).resolve(request)
  const { families } = yield* TokenAuthority
  assert.deepInclude(families.counters(), { grants: 1, reuses: 0, refusals: 0 })
  assert.isTrue(families.isCurrent(Redacted.value(secret)))
  return refresh
})

/** A request that a 429 with such headers answers. */
const limited = (headers: Readonly<Record<string, string>>) =>
  Effect.flatMap(Failover, (failover) => {
    const result: AttemptResult<string> = {
      _tag: "Refused",
      value: "429",
      failure: classify({
        status: 429,
        header: (name) => headers[name],
        body: '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}',
        now,
        asked: request
      })
    }
    return failover.run(request, () => Effect.succeed(result))
  })

/** A limit of two minutes, and when its pause ends. */
const limitedUntil = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  yield* limited({ "retry-after": "120" })
  const document = yield* (yield* HealthStore).read(AgentId.main)
  return [...document.profiles.values()].flatMap(({ windows }) => windows.map(({ until }) => until))
})

type World = Layer.Layer.Success<ReturnType<typeof CredentialsMemory.layer>>

class First extends Context.Tag("First")<First, Context.Context<World>>() {}
class Second extends Context.Tag("Second")<Second, Context.Context<World>>() {}

/** Two users of worlds, built at once as the parts of one program are. */
const built = (
  first: ReturnType<typeof CredentialsMemory.layer>,
  second: ReturnType<typeof CredentialsMemory.layer>
) =>
  Layer.merge(
    Layer.provide(Layer.effect(First, Effect.context<World>()), first),
    Layer.provide(Layer.effect(Second, Effect.context<World>()), second)
  )

/** The parts of a world that can be seen; what is inside them can only be noticed. */
const partsOf = (world: Context.Context<World>): ReadonlyArray<unknown> =>
  [...world.unsafeMap].filter(([key]) => key.startsWith("@clawdbot/")).map(([, part]) => part)

describe("two layers", () => {
  const twins = { stores: oneKey }

  it.effect("refresh the same login once each: no journal, no lease, no memory is shared", () =>
    Effect.gen(function* () {
      const worlds = [yield* First, yield* Second]
      const tokens = yield* Effect.forEach(worlds, (world) => Effect.provide(refreshOnce, world), {
        concurrency: "unbounded"
      })
      // The same token: a journal of both would know it as consumed.
      assert.strictEqual(tokens[0], tokens[1])
    }).pipe(Effect.provide(built(CredentialsMemory.layer(), CredentialsMemory.layer())))
  )

  it.effect("have no part in common, whatever they are made from", () =>
    Effect.gen(function* () {
      const second = new Set(partsOf(yield* Second))
      const first = partsOf(yield* First)
      assert.isAtLeast(first.length, 12)
      assert.deepStrictEqual(
        first.filter((part) => second.has(part)),
        []
      )
    }).pipe(Effect.provide(built(CredentialsMemory.layer(twins), CredentialsMemory.layer(twins))))
  )

  it.effect("have cooldowns and trials of their own", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const first = yield* First
      const second = yield* Second
      const refused = limited({})
      const served = Effect.map(
        Effect.flatMap(Failover, (failover) =>
          failover.run(request, () =>
            Effect.succeed({ _tag: "Answered" as const, value: "ok", windows: [] })
          )
        ),
        ({ result }) => result._tag
      )
      // A bare 429 is a guess: the pause of the first world, which one trial a second may pass.
      yield* Effect.provide(refused, first)
      assert.strictEqual(yield* Effect.provide(served, second), "Answered")
      yield* Effect.provide(refused, second)
      yield* TestClock.adjust("1 seconds")
      for (const world of [first, second])
        assert.strictEqual(yield* Effect.provide(served, world), "Answered")
    }).pipe(Effect.provide(built(CredentialsMemory.layer(twins), CredentialsMemory.layer(twins))))
  )
})

describe("one layer", () => {
  it.effect("refreshes a login that is over once for all who ask at once", () =>
    Effect.gen(function* () {
      yield* signIn
      const resolver = yield* AuthResolver
      const { families } = yield* TokenAuthority
      const uses = yield* Effect.all(
        Array.from({ length: 50 }, () => resolver.resolve(request)),
        { concurrency: "unbounded" }
      )
      const served = new Set(uses.map(({ secret }) => Redacted.value(secret)))
      assert.deepStrictEqual(
        [...served].map((token) => families.isCurrent(token)),
        [true]
      )
      assert.deepInclude(families.counters(), { grants: 1, reuses: 0 })
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )

  it.effect("is one world for all who use it in one build", () => {
    const layer = CredentialsMemory.layer()
    return Effect.gen(function* () {
      const first = yield* First
      const second = yield* Second
      assert.deepStrictEqual(partsOf(first), partsOf(second))
      yield* Effect.provide(refreshOnce, first)
      const { families } = Context.get(second, TokenAuthority)
      assert.strictEqual(families.counters().grants, 1)
      const { secret } = yield* Context.get(second, AuthResolver).resolve(request)
      assert.isTrue(families.isCurrent(Redacted.value(secret)))
    }).pipe(Effect.provide(built(layer, layer)))
  })

  it.effect("begins anew where it is built again", () => {
    const layer = CredentialsMemory.layer()
    return Effect.zipRight(Effect.provide(refreshOnce, layer), Effect.provide(refreshOnce, layer))
  })
})

describe("jitter", () => {
  const until = (seed?: number) =>
    Effect.provide(limitedUntil, CredentialsMemory.layer({ stores: oneKey, seed }))

  it.effect("is the same to the millisecond for the same seed, and for none", () =>
    Effect.gen(function* () {
      const times = yield* Effect.forEach([7, 7, undefined, undefined, 1], until)
      assert.deepStrictEqual(times[0], times[1])
      assert.deepStrictEqual(times[2], times[3])
      assert.deepStrictEqual(times[2], times[4])
      const [end = 0] = times[0] ?? []
      assert.isAtLeast(end, now + 120_000)
      assert.isAtMost(end, now + 125_000)
    })
  )

  it.effect("is another one for another seed", () =>
    Effect.gen(function* () {
      const times = yield* Effect.forEach([1, 2, 3, 4, 5, 6], until)
      assert.isAbove(new Set(times.flat()).size, 3)
    })
  )
})
