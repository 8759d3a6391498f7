/** When a request begins its first attempt, and when it begins no further one. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import type { AuthRequest } from "../../src/Auth/AuthRequest.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { deadlineMs, Failover } from "../../src/Auth/Failover.ts"
import { Snapshots } from "../../src/Auth/Snapshots.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const three: World = {
  stores: { main: { profiles: { a: key("ka"), b: key("kb"), c: key("kc") } } }
}
const request: AuthRequest = { agent: AgentId.main, provider: ProviderId.anthropic, model: "m" }
const limited: AttemptResult<string> = {
  _tag: "Refused",
  value: "limited",
  failure: { class: "rate_limit", status: 429, windows: [] }
}

/** An attempt that is refused after so many ms. */
const refusedAfter = (ms: number) => {
  const sent: Array<string> = []
  const attempt = (use: CredentialUse) =>
    Effect.suspend(() => {
      sent.push(Redacted.value(use.secret))
      return Effect.as(Effect.sleep(ms), limited)
    })
  return { sent, attempt }
}

/** Runs to the end of a request, however long that takes. */
const toTheEnd = <A, E, R>(running: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.either(running))
    yield* TestClock.adjust(3 * deadlineMs)
    return yield* Fiber.join(fiber)
  })

describe("a request that takes long", () => {
  for (const [name, ms, expected] of [
    ["tries every credential before its ten minutes are over", 299_999, ["ka", "kb", "kc"]],
    ["begins no attempt after ten minutes", 300_000, ["ka", "kb"]]
  ] as const)
    it.effect(name, () =>
      Effect.gen(function* () {
        const failover = yield* Failover
        const { attempt, sent } = refusedAfter(ms)
        const ended = yield* toTheEnd(failover.run(request, attempt))
        assert.isTrue(Either.isLeft(ended))
        assert.deepStrictEqual<ReadonlyArray<string>>(sent, expected)
      }).pipe(Effect.provide(layerWorld(three)))
    )

  it.effect("has no time of its own for another model", () =>
    Effect.gen(function* () {
      const failover = yield* Failover
      yield* TestClock.setTime(deadlineMs)
      const sentSince = (beganAt: number) =>
        Effect.gen(function* () {
          const { attempt, sent } = refusedAfter(0)
          const fallback = { beganAt, tried: undefined }
          yield* Effect.either(failover.run({ ...request, fallback }, attempt))
          return sent.length
        })
      assert.strictEqual(yield* sentSince(0), 0)
      assert.isAbove(yield* sentSince(1), 0)
    }).pipe(Effect.provide(layerWorld(three)))
  )

  it.effect("has its time from the first attempt on, where that was begun before", () =>
    Effect.gen(function* () {
      const failover = yield* Failover
      yield* Effect.flatMap(Snapshots, (snapshots) => snapshots.load(request))
      const begun = failover.begin(request, yield* Clock.currentTimeMillis)
      assert.strictEqual(begun?.startedAt, 0)
      if (begun === undefined) return
      yield* TestClock.setTime(deadlineMs)
      const made = failover.end(begun, limited, deadlineMs)
      const { attempt, sent } = refusedAfter(0)
      yield* Effect.either(failover.run(request, attempt, [], made))
      assert.deepStrictEqual(sent, [])
    }).pipe(Effect.provide(layerWorld(three)))
  )
})

describe("a first attempt", () => {
  /** The secret that a request begins with at once; undefined where something comes before. */
  const secretOf = (asked: AuthRequest, world: World) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(Snapshots, (snapshots) => snapshots.load(asked))
      const begun = (yield* Failover).begin(asked, yield* Clock.currentTimeMillis)
      return begun === undefined ? undefined : Redacted.value(begun.use.secret)
    }).pipe(Effect.provide(layerWorld(world)))

  it.effect("begins at once with what is ready, the profile that is asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* secretOf(request, three), "ka")
      const profile = ProfileId.of("b")
      assert.strictEqual(yield* secretOf({ ...request, profile }, three), "kb")
    })
  )

  it.effect("does not where it has to live long, or is for another model", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* secretOf({ ...request, once: true }, three))
      const fallback = { beganAt: undefined, tried: undefined }
      assert.isUndefined(yield* secretOf({ ...request, fallback }, three))
    })
  )

  it.effect("does not where something has to be read or refreshed first, or nobody is there", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* secretOf(request, { ...three, looking: true }))
      const login = { type: "oauth", provider: "anthropic", access: "x", refresh: "r", expires: 1 }
      const stores = { main: { profiles: { o: login } } }
      assert.strictEqual(yield* secretOf(request, { stores }), "x")
      assert.isUndefined(yield* secretOf(request, { stores, ended: { o: { cause: "offline" } } }))
      const profile = ProfileId.of("nobody")
      assert.isUndefined(yield* secretOf({ ...request, profile }, three))
    })
  )
})
