/** A guess never turns the last request away (decision D32). */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import type { FailureClass, UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const one: World = { stores: { main: { profiles: { a: key("ka") } } } }
const three: World = {
  stores: { main: { profiles: { a: key("ka"), b: key("kb"), c: key("kc") } } }
}
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }
const second = 1_000
const minute = 60 * second

const answered: AttemptResult<string> = { _tag: "Answered", value: "ok", windows: [] }
const refused = (
  failureClass: FailureClass,
  more: Partial<UpstreamFailure> = {}
): AttemptResult<string> => ({
  _tag: "Refused",
  value: failureClass,
  failure: { class: failureClass, windows: [], ...more }
})

/** A provider that answers every credential the same, until it is told otherwise. */
class Provider {
  answer: AttemptResult<string> = answered
  readonly sent: Array<string> = []
  readonly attempt = (use: CredentialUse): Effect.Effect<AttemptResult<string>> =>
    Effect.sync(() => {
      this.sent.push(Redacted.value(use.secret))
      return this.answer
    })
}

const send = (provider: Provider) =>
  Effect.flatMap(Failover, (failover) => Effect.either(failover.run(request, provider.attempt)))

/** `answered`, `refused` by the provider, or how long our own error asks to wait, in ms. */
const outcome = (provider: Provider) =>
  Effect.gen(function* () {
    const before = provider.sent.length
    const result = yield* send(provider)
    if (result._tag === "Right") {
      assert.isAbove(provider.sent.length, before)
      return result.right.result._tag.toLowerCase()
    }
    assert.strictEqual(provider.sent.length, before)
    assert.strictEqual(result.left._tag, "AllInCooldown")
    const now = yield* Clock.currentTimeMillis
    return result.left._tag === "AllInCooldown" ? result.left.retryAt - now : Number.NaN
  })

const health = Effect.map(
  Effect.flatMap(HealthStore, (store) => store.read(AgentId.main)),
  ({ profiles }) => profiles.get(ProfileId.of("a"))
)

describe("with one key", () => {
  const refusals: ReadonlyArray<readonly [string, AttemptResult<string>]> = [
    ["a bare 429", refused("rate_limit", { status: 429 })],
    ["a 401", refused("auth", { status: 401 })],
    ["credit that is too low", refused("billing", { status: 400 })]
  ]
  for (const [name, refusal] of refusals) {
    it.effect(
      `${name}: the first request after the next trial is due succeeds, whenever that is`,
      () =>
        Effect.gen(function* () {
          const provider = new Provider()
          provider.answer = refusal
          assert.strictEqual(yield* outcome(provider), "refused")
          // An hour of refusals: each time is told when to come back, and then the provider is
          // asked.
          for (let at = 0; at < 60 * minute; ) {
            const wait = yield* outcome(provider)
            if (wait === "refused") continue
            assert.isAbove(Number(wait), 0)
            assert.isAtMost(Number(wait), 5 * minute)
            yield* TestClock.adjust(Number(wait) - 1)
            assert.isNumber(yield* outcome(provider))
            yield* TestClock.adjust(1)
            at += Number(wait)
          }
          const wait = yield* outcome(provider)
          yield* TestClock.adjust(typeof wait === "number" ? wait : 0)
          provider.answer = answered
          // Refused once more, or a trial that is due: either way the next one is answered in time.
          const last = yield* outcome(provider)
          if (typeof last === "number") yield* TestClock.adjust(last)
          assert.strictEqual(yield* outcome(provider), "answered")
          assert.strictEqual(yield* outcome(provider), "answered")
          assert.strictEqual((yield* health)?.ladder, undefined)
        }).pipe(Effect.provide(layerWorld(one)))
    )

    it.effect(`${name}: recovery at once is found at once`, () =>
      Effect.gen(function* () {
        const provider = new Provider()
        provider.answer = refusal
        yield* outcome(provider)
        provider.answer = answered
        assert.strictEqual(yield* outcome(provider), "answered")
      }).pipe(Effect.provide(layerWorld(one)))
    )

    it.effect(`${name}: trials climb no ladder and lengthen no cooldown`, () =>
      Effect.gen(function* () {
        const provider = new Provider()
        provider.answer = refusal
        yield* outcome(provider)
        const before = yield* health
        assert.strictEqual(yield* outcome(provider), "refused")
        const after = yield* health
        assert.deepStrictEqual([after?.ladder, after?.windows], [before?.ladder, before?.windows])
      }).pipe(Effect.provide(layerWorld(one)))
    )
  }

  it.effect("another cooldown begins the trials anew, and climbs the ladder", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      provider.answer = refused("rate_limit")
      const climbed: Array<number | undefined> = []
      // 30 seconds, then a minute: trials inside neither lengthen nor climb.
      for (const cooldown of [30 * second, minute]) {
        assert.strictEqual(yield* outcome(provider), "refused")
        climbed.push((yield* health)?.ladder?.count)
        for (const seconds of [1, 5, 15]) {
          assert.strictEqual(yield* outcome(provider), "refused")
          assert.strictEqual(yield* outcome(provider), seconds * second)
          yield* TestClock.adjust(seconds * second)
        }
        yield* TestClock.adjust(cooldown - 21 * second)
      }
      assert.deepStrictEqual(climbed, [1, 2])
    }).pipe(Effect.provide(layerWorld(one)))
  )

  it.effect("a refusal of one group of models leaves the others alone, trials too", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      const failover = yield* Failover
      provider.answer = refused("rate_limit", { scope: "group:opus-4" })
      yield* outcome(provider)
      provider.answer = answered
      const { result } = yield* failover.run(
        { ...request, model: "claude-sonnet-4-5" },
        provider.attempt
      )
      assert.strictEqual(result._tag, "Answered")
      assert.strictEqual((yield* health)?.trials, undefined)
    }).pipe(Effect.provide(layerWorld(one)))
  )
})

describe("a trial in flight", () => {
  const streaming = Effect.gen(function* () {
    const failover = yield* Failover
    const gate = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<AttemptResult<string>>()
    const trial = yield* Effect.fork(
      failover.run(request, (_use, onAccepted) =>
        Deferred.await(gate).pipe(
          Effect.zipRight(Effect.sync(onAccepted)),
          Effect.zipRight(Deferred.await(ended))
        )
      )
    )
    yield* Effect.yieldNow()
    yield* TestClock.adjust("1 milli")
    return { gate, ended, trial }
  })
  const cooling = (provider: Provider) => {
    provider.answer = refused("auth")
    return Effect.zipRight(
      outcome(provider),
      Effect.sync(() => {
        provider.answer = answered
      })
    )
  }

  it.effect("keeps the others back until its status is known, and not until its stream ends", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* cooling(provider)
      const { ended, gate, trial } = yield* streaming
      // Soon: what becomes of it is known in a moment.
      assert.strictEqual(yield* outcome(provider), second)
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* outcome(provider), "answered")
      yield* TestClock.adjust("10 minutes")
      yield* Deferred.succeed(ended, answered)
      assert.strictEqual((yield* Fiber.join(trial)).result._tag, "Answered")
    }).pipe(Effect.provide(layerWorld(one)))
  )

  it.effect("leaves the ladder to the end of the answer", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* cooling(provider)
      const { ended, gate, trial } = yield* streaming
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* health)?.ladder?.count, 1)
      yield* Deferred.succeed(ended, {
        _tag: "Broken",
        value: "",
        failure: { class: "server", windows: [] }
      })
      yield* Fiber.join(trial)
      assert.strictEqual((yield* health)?.ladder?.count, 1)
      assert.strictEqual(yield* outcome(provider), "answered")
      assert.strictEqual((yield* health)?.ladder, undefined)
    }).pipe(Effect.provide(layerWorld(one)))
  )

  it.effect("gives way after 30 seconds without a status", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* cooling(provider)
      yield* streaming
      yield* TestClock.adjust("29 seconds")
      assert.isNumber(yield* outcome(provider))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* outcome(provider), "answered")
    }).pipe(Effect.provide(layerWorld(one)))
  )

  const noWord: ReadonlyArray<AttemptResult<string>> = [
    { _tag: "Abandoned", value: "" },
    refused("server"),
    refused("timeout"),
    refused("overloaded"),
    refused("format"),
    refused("entitlement")
  ]
  for (const result of noWord) {
    const name = result._tag === "Refused" ? result.failure.class : result._tag
    it.effect(`that ends by ${name} makes no mark`, () =>
      Effect.gen(function* () {
        const provider = new Provider()
        yield* cooling(provider)
        provider.answer = result
        yield* outcome(provider)
        assert.deepStrictEqual(
          (yield* health)?.trials?.map((trial) => trial.refused),
          [0]
        )
        provider.answer = answered
        // One a second for the whole state folder.
        assert.strictEqual(yield* outcome(provider), second)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* outcome(provider), "answered")
      }).pipe(Effect.provide(layerWorld(one)))
    )
  }

  it.effect("that is interrupted makes no mark", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* cooling(provider)
      const { trial } = yield* streaming
      yield* Fiber.interrupt(trial)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* outcome(provider), "answered")
    }).pipe(Effect.provide(layerWorld(one)))
  )
})

describe("with several", () => {
  const all = (provider: Provider, answer: AttemptResult<string>) => {
    provider.answer = answer
    return send(provider)
  }

  it.effect("one a second over all of them, the one that waited longest first", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* all(provider, refused("auth"))
      assert.deepStrictEqual(provider.sent.splice(0), ["ka", "kb", "kc"])
      for (let step = 0; step < 5; step++) {
        for (let count = 0; count < 5; count++) yield* send(provider)
        yield* TestClock.adjust("1 second")
      }
      // Each once: the next ones are due after a minute.
      assert.deepStrictEqual(provider.sent.splice(0), ["ka", "kb", "kc"])
    }).pipe(Effect.provide(layerWorld(three)))
  )

  it.effect("at most two for one request", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* all(provider, refused("auth"))
      provider.sent.splice(0)
      const failover = yield* Failover
      const slow = yield* Effect.fork(
        Effect.either(
          failover.run(request, (use) =>
            Effect.zipRight(Effect.sleep("2 seconds"), provider.attempt(use))
          )
        )
      )
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(slow)
      assert.deepStrictEqual(provider.sent, ["ka", "kb"])
    }).pipe(Effect.provide(layerWorld(three)))
  )

  it.effect("never before one that is ready, and never on what the provider stated", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      yield* all(provider, refused("auth"))
      provider.sent.splice(0)
      const until = 10 * minute
      const stated = refused("rate_limit", {
        windows: [
          { scope: "credential", until, class: "rate_limit", source: "retry-after", observedAt: 0 }
        ]
      })
      yield* all(provider, stated)
      for (let step = 0; step < 4; step++) {
        yield* TestClock.adjust("1 second")
        yield* send(provider)
      }
      assert.deepStrictEqual(provider.sent, ["ka", "kb", "kc"])
      yield* TestClock.adjust("9 minutes")
      assert.isAbove(Number(yield* outcome(provider)), 50 * second)
    }).pipe(Effect.provide(layerWorld(three)))
  )
})

describe("a credential that is handed out", () => {
  const resolve = Effect.flatMap(AuthResolver, (resolver) =>
    Effect.either(resolver.resolve(request, minute))
  )

  it.effect("is a trial while it is cooling down, for a minute, on the same schedule", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      provider.answer = refused("rate_limit", { scope: "group:opus-4" })
      yield* outcome(provider)
      const issued = yield* resolve
      assert.strictEqual(issued._tag, "Right")
      const [trial] = (yield* health)?.trials ?? []
      assert.deepInclude(trial, { scope: "group:opus-4", at: 0, nextAt: minute, inFlight: false })
      // Whoever comes within the minute is told when it is over, be it a request or a program.
      assert.strictEqual(yield* outcome(provider), 30 * second)
      const again = yield* resolve
      assert.deepInclude(again._tag === "Left" ? again.left : {}, { retryAt: 30 * second })
    }).pipe(Effect.provide(layerWorld(one)))
  )

  it.effect("is none when it is ready", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* resolve)._tag, "Right")
      assert.strictEqual((yield* health)?.trials, undefined)
    }).pipe(Effect.provide(layerWorld(one)))
  )
})

describe("what the dry run says", () => {
  it.effect("which cooldowns are stated, and when a trial is due", () =>
    Effect.gen(function* () {
      const provider = new Provider()
      const resolver = yield* AuthResolver
      provider.answer = refused("billing")
      yield* outcome(provider)
      const before = yield* resolver.explain(request)
      assert.deepInclude(before.candidates[0], { state: "half-open", nextTrialAt: 0 })
      assert.deepInclude(before.candidates[0]?.obstacles[0], { source: "ladder", stated: false })
      yield* outcome(provider)
      const after = yield* resolver.explain(request)
      assert.deepInclude(after.candidates[0], { state: "cooling", nextTrialAt: minute })
    }).pipe(Effect.provide(layerWorld(one)))
  )
})
