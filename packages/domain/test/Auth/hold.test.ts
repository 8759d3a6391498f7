/** Requests that wait for the credential of their conversation (decision D56). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { TrailEntry } from "../../src/Auth/Attempt.ts"
import { cacheLifeMs, holdFor, isWorthHolding, maxHoldMs } from "../../src/Auth/hold.ts"
import { ifDefined } from "../../src/Document/defined.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { type Answer, answered, ask, invalid, limited, provider, start } from "./scriptedAnswers.ts"
import { layerWorld, type World } from "./world.ts"

const second = 1_000
const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const worldWith = (holdSeconds?: number): World => ({
  config: holdSeconds === undefined ? {} : { auth: { holdSeconds } },
  stores: { main: { profiles: { a: key("ka"), b: key("kb") } } }
})

const request = {
  agent: AgentId.main,
  provider: ProviderId.anthropic,
  model: "claude-opus-5-5",
  conversation: "warm"
}

/** A candidate with nothing in its way. */
const warmCandidate = {
  profile: ProfileId.of("a"),
  owner: AgentId.main,
  credential: {
    type: "api_key" as const,
    key: Redacted.make("ka"),
    provider: ProviderId.anthropic,
    extra: Credential.noExtra
  },
  secretFingerprint: "mark",
  ambient: false,
  usageStats: undefined,
  place: "preferred" as const,
  expiresAt: Number.POSITIVE_INFINITY,
  state: "cooling" as const,
  availableAt: 0,
  lastUsedAt: 0,
  quota: undefined
}

/** How long an attempt was waited for, in s, without what spreads the waits over some seconds. */
const heldSeconds = ({ heldMs }: TrailEntry): number | undefined =>
  ifDefined(heldMs, (ms) => Math.floor(ms / (5 * second)) * 5)

/** A conversation whose first request was answered by `a`. */
const warmed = (script: Readonly<Record<string, ReadonlyArray<Answer>>>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const upstream = provider({ ...script, ka: [answered, ...(script["ka"] ?? [])] })
    yield* ask(request, upstream)
    yield* TestClock.adjust("10 seconds")
    return upstream
  })

describe("a conversation that is warm on a credential", () => {
  it.effect("waits for a limit of 45 s, and is answered by it with one more request", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45)] })
      const asked = yield* Effect.fork(ask(request, upstream))
      yield* TestClock.adjust("44 seconds")
      assert.deepStrictEqual(upstream.names(), ["ka", "ka"])
      // Others are answered meanwhile.
      const other = yield* ask({ ...request, conversation: "other" }, upstream)
      assert.strictEqual(other.result._tag, "Answered")
      yield* TestClock.adjust("5 seconds")
      const { result, trail } = yield* Fiber.join(asked)
      assert.strictEqual(result._tag, "Answered")
      assert.deepStrictEqual(upstream.names(), ["ka", "ka", "kb", "ka"])
      assert.deepStrictEqual(
        trail.map(({ profile, result }) => `${profile} ${result}`),
        ["a refused", "a answered"]
      )
      // The line of the attempt that was waited for says how long that took, and no other.
      assert.deepStrictEqual(trail.map(heldSeconds), [undefined, 45])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  it.effect("waits before it is sent, where another request met the limit", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45)] })
      yield* ask({ ...request, conversation: "new" }, upstream)
      assert.deepStrictEqual(upstream.names(), ["ka", "kb"])
      yield* ask({ ...request, conversation: "third" }, upstream)
      const asked = yield* Effect.fork(ask(request, upstream))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(asked)
      assert.strictEqual(upstream.names().at(-1), "ka")
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  it.effect("moves when it is limited again after the wait, which happens once", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45), limited(20)] })
      const asked = yield* Effect.fork(ask(request, upstream))
      yield* TestClock.adjust("50 seconds")
      const { result, trail } = yield* Fiber.join(asked)
      assert.strictEqual(result._tag, "Answered")
      assert.deepStrictEqual(upstream.names(), ["ka", "ka", "ka", "kb"])
      assert.deepStrictEqual(trail.map(heldSeconds), [undefined, 45, undefined])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  const moving: ReadonlyArray<readonly [what: string, holdSeconds: number | undefined, Answer]> = [
    ["by default", undefined, limited(45)],
    ["when the limit is longer than the setting", 30, limited(45)],
    ["when the limit is longer than any request may wait", 240, limited(241)]
  ]
  for (const [what, holdSeconds, answer] of moving)
    it.effect(`moves at once ${what}`, () =>
      Effect.gen(function* () {
        const upstream = yield* warmed({ ka: [answer] })
        const { result } = yield* ask(request, upstream)
        assert.strictEqual(result._tag, "Answered")
        assert.deepStrictEqual(upstream.names(), ["ka", "ka", "kb"])
      }).pipe(Effect.provide(layerWorld(worldWith(holdSeconds))))
    )

  it.effect("moves at once when its prompt cache would not outlive the wait", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45)] })
      yield* TestClock.adjust(cacheLifeMs - 50 * second)
      yield* ask(request, upstream)
      assert.deepStrictEqual(upstream.names(), ["ka", "ka", "kb"])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  it.effect("never waits with a request that is invalid", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [invalid] })
      const { result } = yield* ask(request, upstream)
      assert.strictEqual(result.value, "400")
      assert.deepStrictEqual(upstream.names(), ["ka", "ka"])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  it.effect("is not sent again when its client left", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45)] })
      const { result } = yield* ask(request, upstream, () => Effect.succeed("left"))
      assert.deepStrictEqual(result, { _tag: "Abandoned", value: "gone" })
      assert.deepStrictEqual(upstream.names(), ["ka", "ka"])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )

  it.effect("moves when too many wait, and a caller that never waits moves too", () =>
    Effect.gen(function* () {
      const upstream = yield* warmed({ ka: [limited(45)] })
      yield* ask(request, upstream, () => Effect.succeed("full"))
      assert.deepStrictEqual(upstream.names(), ["ka", "ka", "kb"])
    }).pipe(Effect.provide(layerWorld(worldWith(60))))
  )
})

it.effect("a new conversation that meets a limit moves at once", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const upstream = provider({ ka: [limited(45)] })
    yield* ask(request, upstream)
    assert.deepStrictEqual(upstream.names(), ["ka", "kb"])
  }).pipe(Effect.provide(layerWorld(worldWith(60))))
)

describe("isWorthHolding", () => {
  const facts = { waitMs: 0, ttlLeftMs: cacheLifeMs, maxMs: maxHoldMs }

  it("weighs the wait against the price of the move", () => {
    // $1.44 to move, $20 an hour: 4 min 19 s by money, 4 min by the cap.
    const money = { movingUsd: 1.44, waitUsdPerHour: 20 }
    assert.isTrue(isWorthHolding({ ...facts, ...money, waitMs: 240 * second }))
    assert.isFalse(isWorthHolding({ ...facts, ...money, waitMs: 241 * second }))
    const cheap = { movingUsd: 0.05, waitUsdPerHour: 20 }
    assert.isTrue(isWorthHolding({ ...facts, ...cheap, waitMs: 9 * second }))
    assert.isFalse(isWorthHolding({ ...facts, ...cheap, waitMs: 10 * second }))
    assert.isTrue(isWorthHolding({ ...facts, movingUsd: 0.05, waitMs: 10 * second }))
  })

  it("never waits longer than any of its limits, and never shorter than all of them", () => {
    const ms = fc.integer({ min: 0, max: 400 * second })
    const usd = fc.double({ min: 0, max: 10, noNaN: true })
    fc.assert(
      fc.property(ms, ms, ms, usd, usd, (waitMs, ttlLeftMs, maxMs, movingUsd, perHour) => {
        const worth = perHour > 0 ? (movingUsd / perHour) * 3_600_000 : Number.POSITIVE_INFINITY
        const longest = Math.min(ttlLeftMs, maxMs, maxHoldMs, worth)
        const given = { waitMs, ttlLeftMs, maxMs, movingUsd, waitUsdPerHour: perHour }
        assert.strictEqual(isWorthHolding(given), waitMs <= longest)
      })
    )
  })
})

describe("what a wait is weighed by", () => {
  const facts = { waitMs: 60_000, ttlLeftMs: 240_000, maxMs: 240_000 }

  it("is the price of the move, where both have one", () => {
    // A minute costs 0.1 USD.
    const priced = { ...facts, waitUsdPerHour: 6 }
    assert.isTrue(isWorthHolding({ ...priced, movingUsd: 0.1 }))
    assert.isFalse(isWorthHolding({ ...priced, movingUsd: 0.0999 }))
  })

  it("is the time alone, where the move or the wait has no price", () => {
    assert.isTrue(isWorthHolding(facts))
    assert.isTrue(isWorthHolding({ ...facts, movingUsd: 0 }))
    assert.isTrue(isWorthHolding({ ...facts, waitUsdPerHour: 6 }))
    for (const waitUsdPerHour of [0, -1])
      assert.isTrue(isWorthHolding({ ...facts, movingUsd: 0, waitUsdPerHour }))
  })

  const candidate = {
    ...warmCandidate,
    usableAt: start + 60_000,
    obstacles: [
      {
        scope: "credential",
        class: "rate_limit",
        source: "retry-after",
        until: start + 60_000,
        observedAt: start
      }
    ]
  }
  const warm = { candidate, until: start + 240_000, movingUsd: 10 }

  it("is a time that is set, or four minutes where the wait and the move both have a price", () => {
    const wait = (holdMs: number, waitUsdPerHour?: number, movingUsd: number | undefined = 10) =>
      holdFor({ ...warm, movingUsd }, { holdMs, waitUsdPerHour }, start)
    assert.strictEqual(wait(60_000), 60_000)
    assert.isUndefined(wait(59_999))
    assert.isUndefined(wait(0))
    assert.strictEqual(wait(0, 6), 60_000)
    // A time that is set is the bound of what is weighed.
    assert.isUndefined(wait(59_999, 6))
    assert.isUndefined(
      holdFor({ ...warm, movingUsd: undefined }, { holdMs: 0, waitUsdPerHour: 6 }, start)
    )
  })

  it("is nothing where the credential is ready, gone, or out for another reason", () => {
    const settings = { holdMs: 240_000, waitUsdPerHour: undefined }
    const wait = (more: Partial<typeof candidate>) =>
      holdFor({ ...warm, candidate: { ...candidate, ...more } }, settings, start)
    assert.strictEqual(wait({}), 60_000)
    assert.isUndefined(wait({ usableAt: start }))
    assert.strictEqual(wait({ usableAt: start + 1 }), 1)
    assert.isUndefined(holdFor({ ...warm, candidate: undefined }, settings, start))
    const [window] = candidate.obstacles
    if (window === undefined) return assert.fail()
    assert.isUndefined(wait({ obstacles: [window, { ...window, class: "billing" }] }))
    assert.isUndefined(wait({ obstacles: [window, { ...window, source: "ladder" }] }))
  })

  it("is no longer than the prompt cache lasts", () => {
    const settings = { holdMs: 240_000, waitUsdPerHour: undefined }
    const until = (left: number) => holdFor({ ...warm, until: start + left }, settings, start)
    assert.strictEqual(until(60_000), 60_000)
    assert.isUndefined(until(59_999))
  })
})
