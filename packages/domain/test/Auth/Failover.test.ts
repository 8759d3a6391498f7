import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
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
import { fingerprint } from "../../src/Profile/Secret.ts"
import { layerWorld, type World } from "./world.ts"

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const login = {
  type: "oauth",
  provider: "anthropic",
  access: "old",
  refresh: "r",
  expires: 4102444800000
}
const two: World = { stores: { main: { profiles: { a: key("ka"), b: key("kb") } } } }
const three: World = {
  stores: { main: { profiles: { a: key("ka"), b: key("kb"), c: key("kc") } } }
}
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }

const answered: AttemptResult<string> = { _tag: "Answered", value: "ok", windows: [] }
const refused = (
  failureClass: FailureClass,
  more: Partial<UpstreamFailure> = {}
): AttemptResult<string> => ({
  _tag: "Refused",
  value: `refused: ${failureClass}`,
  failure: { class: failureClass, windows: [], ...more }
})
const limited = (forMs: number) =>
  Effect.map(Effect.clock, (clock) => {
    const now = clock.unsafeCurrentTimeMillis()
    return refused("rate_limit", {
      status: 429,
      windows: [
        {
          scope: "credential",
          until: now + forMs,
          class: "rate_limit",
          source: "retry-after",
          observedAt: now
        }
      ]
    })
  })

/** Sends with a script by secret; every secret without one answers. */
const attempt =
  (
    script: Readonly<Record<string, Effect.Effect<AttemptResult<string>> | AttemptResult<string>>>,
    sent: Array<string> = []
  ) =>
  (use: CredentialUse) => {
    const secret = Redacted.value(use.secret)
    sent.push(secret)
    const step = script[secret] ?? answered
    return Effect.isEffect(step) ? step : Effect.succeed(step)
  }

const run = (script: Parameters<typeof attempt>[0], sent: Array<string> = []) =>
  Effect.flatMap(Failover, (failover) => failover.run(request, attempt(script, sent)))

const explain = Effect.flatMap(AuthResolver, (resolver) => resolver.explain(request))

it.effect("weather at the one credential that is usable is not told as everybody's cooldown", () =>
  Effect.gen(function* () {
    const sent: Array<string> = []
    const { result } = yield* run(
      { ka: refused("server", { status: 500 }), kb: yield* limited(60_000) },
      sent
    )
    assert.strictEqual(result.value, "refused: server")
    assert.deepStrictEqual(sent, ["ka", "kb"])
  }).pipe(Effect.provide(layerWorld(two)))
)

describe("a request that is bound to one profile", () => {
  it.effect(
    "gets the provider's own words when that profile is refused, as if there were no other",
    () =>
      Effect.gen(function* () {
        const failover = yield* Failover
        const sent: Array<string> = []
        const { result } = yield* failover.run(
          { ...request, profile: ProfileId.of("b") },
          attempt({ kb: yield* limited(60_000) }, sent)
        )
        assert.strictEqual(result.value, "refused: rate_limit")
        assert.deepStrictEqual(sent, ["kb"])
      }).pipe(Effect.provide(layerWorld(two)))
  )
})

describe("a login that is refused and renewed", () => {
  const withLogin: World = {
    stores: { main: { profiles: { o: login, k: key("kk") }, order: { anthropic: ["o", "k"] } } },
    refresh: { access: "new" }
  }
  const bound = { ...request, profile: ProfileId.of("o") }
  const rejected = refused("auth", { status: 401 })
  const secrets = (asked: typeof request, script: Parameters<typeof attempt>[0]) =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const { trail } = yield* (yield* Failover).run(asked, attempt(script, sent))
      assert.strictEqual(trail.length, sent.length)
      return sent
    })
  /** A refusal of the login, while another request is limited with it. */
  const limitedMeanwhile = Effect.zipRight(
    Effect.flatMap(Failover, (failover) =>
      failover.run(request, attempt({ old: limited(60_000) }))
    ),
    Effect.succeed(rejected)
  )

  for (const [name, asked, expected] of [
    ["is not sent again where it is limited by then", request, ["old", "kk"]],
    ["is sent again all the same where the request is bound to it", bound, ["old", "new"]]
  ] as const)
    it.effect(name, () =>
      Effect.gen(function* () {
        const context = yield* Effect.context<Failover>()
        const old = limitedMeanwhile.pipe(Effect.provide(context), Effect.orDie)
        assert.deepStrictEqual<ReadonlyArray<string>>(yield* secrets(asked, { old }), expected)
      }).pipe(Effect.provide(layerWorld(withLogin)))
    )

  it.effect("is not sent again where it was found to have ended by then", () =>
    Effect.gen(function* () {
      const healths = yield* HealthStore
      const ended = Effect.as(
        healths.record(AgentId.main, ProfileId.of("o"), fingerprint(Redacted.make("old")), {
          _tag: "LoginEnded",
          at: 0,
          cause: "revoked"
        }),
        rejected
      )
      assert.deepStrictEqual(yield* secrets(request, { old: ended }), ["old", "kk"])
    }).pipe(Effect.provide(layerWorld(withLogin)))
  )

  it.effect("is sent again also where that was a trial", () =>
    Effect.gen(function* () {
      const guessed = refused("rate_limit", { status: 429 })
      yield* Effect.either(secrets(request, { old: guessed, kk: guessed }))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* secrets(request, { old: rejected }), ["old", "new"])
    }).pipe(Effect.provide(layerWorld(withLogin)))
  )

  it.effect("needs no permission for a trial where requests are bound to it", () =>
    Effect.gen(function* () {
      const guessed = refused("rate_limit", { status: 429 })
      // Refused each time, so that it cools down before each but the first.
      for (const _ of [1, 2, 3, 4])
        assert.deepStrictEqual(yield* secrets(bound, { old: guessed }), ["old"])
      const { profiles } = yield* (yield* HealthStore).read(AgentId.main)
      assert.deepStrictEqual(
        [...profiles.values()].flatMap(({ trials }) => trials ?? []),
        []
      )
    }).pipe(Effect.provide(layerWorld(withLogin)))
  )
})

describe("Failover", () => {
  it.effect(
    "a rate limit moves on, rests the credential until the provider's own time, and the next " +
      "request skips it",
    () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        const first = yield* run({ ka: limited(120_000) }, sent)
        assert.strictEqual(first.result._tag, "Answered")
        assert.deepStrictEqual(
          first.trail.map((entry) => [entry.profile, entry.result]),
          [
            ["a", "refused"],
            ["b", "answered"]
          ]
        )
        yield* run({ ka: limited(120_000) }, sent)
        assert.deepStrictEqual(sent, ["ka", "kb", "kb"])
        const until =
          (yield* explain).candidates.find((candidate) => candidate.profile === "a")?.obstacles[0]
            ?.until ?? 0
        assert.isTrue(until >= 120_000 && until < 125_000)
        yield* TestClock.adjust("125 seconds")
        yield* run({}, sent)
        assert.deepStrictEqual(sent, ["ka", "kb", "kb", "ka"])
      }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("when all rest, the error names each with its time, and the first to come back", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({ ka: limited(300_000), kb: limited(60_000) }))
      assert.strictEqual(error._tag, "AllInCooldown")
      if (error._tag !== "AllInCooldown") return
      assert.isTrue(error.retryAt >= 60_000 && error.retryAt < 65_000)
      assert.deepStrictEqual(
        error.explanation.candidates.map((candidate) => candidate.profile),
        ["b", "a"]
      )
      assert.isFalse(error.outOfCredit || error.refused)
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("out of credit everywhere is said as such", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({ ka: refused("billing"), kb: refused("billing") }))
      assert.isTrue(error._tag === "AllInCooldown" && error.outOfCredit)
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("the only credential's own refusal is handed on in the provider's words", () =>
    Effect.gen(function* () {
      const { result } = yield* run({ ka: refused("rate_limit", { status: 429 }) })
      assert.strictEqual(result.value, "refused: rate_limit")
    }).pipe(Effect.provide(layerWorld({ stores: { main: { profiles: { a: key("ka") } } } })))
  )

  it.effect("the client's own fault goes straight back and touches nobody", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const { result } = yield* run({ ka: refused("format", { status: 400 }) }, sent)
      assert.deepStrictEqual([result.value, sent], ["refused: format", ["ka"]])
      const explanation = yield* explain
      assert.isTrue(explanation.candidates.every((candidate) => candidate.state === "ready"))
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("the weather costs one more credential and punishes none", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const stormy = {
        ka: refused("overloaded"),
        kb: refused("overloaded"),
        kc: refused("overloaded")
      }
      const { result } = yield* run(stormy, sent)
      assert.deepStrictEqual([result.value, sent], ["refused: overloaded", ["ka", "kb"]])
      const explanation = yield* explain
      assert.isTrue(explanation.candidates.every((candidate) => candidate.state === "ready"))
    }).pipe(Effect.provide(layerWorld(three)))
  )

  it.effect("a refusal of the client's kind (entitlement) moves on and rests nobody", () =>
    Effect.gen(function* () {
      const { result, trail } = yield* run({ ka: refused("entitlement") })
      assert.deepStrictEqual([result._tag, trail.length], ["Answered", 2])
      assert.strictEqual(
        (yield* explain).candidates.filter((candidate) => candidate.state === "ready").length,
        2
      )
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("a stream that breaks after content is never tried again", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const broken: AttemptResult<string> = {
        _tag: "Broken",
        value: "half",
        failure: { class: "server", windows: [] }
      }
      const { result } = yield* run({ ka: broken }, sent)
      assert.deepStrictEqual([result._tag, sent], ["Broken", ["ka"]])
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("a client that left neither clears nor starts a cooldown", () =>
    Effect.gen(function* () {
      yield* run({ ka: { _tag: "Abandoned", value: "" } })
      const health = yield* Effect.flatMap(HealthStore, (store) => store.read(AgentId.main))
      const known = health.profiles.get(ProfileId.of("a"))
      assert.deepStrictEqual([known?.lastGoodAt, known?.windows], [undefined, []])
    }).pipe(Effect.provide(layerWorld(two)))
  )

  describe("a 401 on a login", () => {
    const world = (refresh: NonNullable<World["refresh"]>): World => ({
      stores: { main: { profiles: { o: login, k: key("kk") } } },
      refresh
    })
    it.effect("is refreshed once, and the same credential answers", () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        const { result } = yield* run({ old: refused("auth", { status: 401 }) }, sent)
        assert.deepStrictEqual([result._tag, sent], ["Answered", ["old", "new"]])
      }).pipe(Effect.provide(layerWorld(world({ access: "new" }))))
    )
    it.effect("moves on when the refresh fails", () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        const { result, trail } = yield* run({ old: refused("auth", { status: 401 }) }, sent)
        assert.deepStrictEqual([result._tag, sent], ["Answered", ["old", "kk"]])
        assert.deepStrictEqual(
          trail.map(({ cause, profile, result }) => [profile, result, cause]),
          [
            ["o", "refused", undefined],
            ["o", "unrefreshed", "offline"],
            ["k", "answered", undefined]
          ]
        )
      }).pipe(Effect.provide(layerWorld(world({ cause: "offline" }))))
    )
    it.effect("is tried no more than twice, even if the new token is refused as well", () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        yield* run(
          { old: refused("auth", { status: 401 }), new: refused("auth", { status: 401 }) },
          sent
        )
        assert.deepStrictEqual(sent, ["old", "new", "kk"])
      }).pipe(Effect.provide(layerWorld(world({ access: "new" }))))
    )
  })

  it.effect("a stated cooldown is tested half way, once, when no other credential is ready", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const down = { ka: limited(300 * 60_000), kb: limited(300 * 60_000) }
      yield* Effect.flip(run(down, sent))
      yield* Effect.flip(run(down, sent))
      assert.deepStrictEqual(sent, ["ka", "kb"])
      yield* TestClock.adjust("151 minutes")
      const refusal = refused("rate_limit", { status: 429 })
      // Trials are a second apart, and one of a credential that was tested is none.
      for (let step = 0; step < 4; step++) {
        yield* Effect.flip(run({ ka: refusal, kb: refusal }, sent))
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(sent.slice(2).sort(), ["ka", "kb"])
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("a stated cooldown whose test succeeds is over", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      yield* Effect.flip(run({ ka: limited(300 * 60_000), kb: limited(300 * 60_000) }, sent))
      yield* TestClock.adjust("151 minutes")
      assert.strictEqual((yield* run({}, sent)).result._tag, "Answered")
      assert.strictEqual((yield* run({}, sent)).result._tag, "Answered")
      assert.strictEqual(sent[2], sent[3])
    }).pipe(Effect.provide(layerWorld(two)))
  )

  it.effect("fifty requests at once that all meet the same limit climb the ladder once", () =>
    Effect.gen(function* () {
      const slow = Effect.as(Effect.sleep("1 second"), refused("rate_limit"))
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 50 }, () => Effect.either(run({ ka: slow, kb: slow }))),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("10 seconds")
      yield* all
      const health = yield* Effect.flatMap(HealthStore, (store) => store.read(AgentId.main))
      assert.deepStrictEqual(
        ["a", "b"].map((id) => health.profiles.get(ProfileId.of(id))?.ladder?.count),
        [1, 1]
      )
    }).pipe(Effect.provide(layerWorld(two)))
  )
})

describe("AuthResolver", () => {
  it.effect("with nothing configured names agent, store and provider", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({}))
      assert.strictEqual(error._tag, "NoApiKey")
      assert.include(error.message, 'agent "main"')
      assert.include(error.message, "/agents/main/agent/auth-profiles.json")
    }).pipe(Effect.provide(layerWorld({})))
  )

  it.effect("with only unusable profiles says which and why", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({}))
      assert.strictEqual(error._tag, "NoCredentials")
      assert.include(error.message, '"t" (expired)')
    }).pipe(
      Effect.provide(
        layerWorld({
          stores: {
            main: {
              profiles: { t: { type: "token", provider: "anthropic", token: "x", expires: 1 } }
            }
          },
          config: {}
        })
      ),
      Effect.zipLeft(Effect.void),
      (test) => Effect.zipRight(TestClock.adjust("1 second"), test)
    )
  )

  it.effect(
    "an agent sees another's profiles only when it inherits them, and their health stays " +
      "with their owner",
    () =>
      Effect.gen(function* () {
        const failover = yield* Failover
        const asBot = { ...request, agent: AgentId.normalize("bot") }
        const asLoner = { ...request, agent: AgentId.normalize("loner") }
        const { result } = yield* failover.run(asBot, attempt({}))
        assert.strictEqual(result._tag, "Answered")
        assert.strictEqual(
          (yield* Effect.flip(failover.run(asLoner, attempt({}))))._tag,
          "NoApiKey"
        )
        const health = yield* HealthStore
        assert.isTrue((yield* health.read(AgentId.main)).profiles.has(ProfileId.of("a")))
        assert.strictEqual((yield* health.read(asBot.agent)).profiles.size, 0)
      }).pipe(
        Effect.provide(
          layerWorld({
            stores: { main: { profiles: { a: key("ka") } } },
            config: {
              agents: {
                list: [
                  { id: "main" },
                  { id: "bot", auth: { inheritFrom: "main" } },
                  { id: "loner" }
                ]
              }
            }
          })
        )
      )
  )

  it.effect(
    "environment keys are reached when stored keys rest, with a cooldown of their own",
    () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        yield* run({ ka: limited(60_000) }, sent)
        yield* Effect.flip(run({ "sk-env": limited(60_000) }, sent))
        yield* Effect.flip(run({}, sent))
        assert.deepStrictEqual(sent, ["ka", "sk-env", "sk-env"])
      }).pipe(
        Effect.provide(
          layerWorld({
            stores: { main: { profiles: { a: key("ka") } } },
            variables: { ANTHROPIC_API_KEY: "sk-env" }
          })
        )
      )
  )

  it.effect("a base URL that would send a credential in the clear is refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run({}))
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(error.message, "plain http is allowed only to loopback")
    }).pipe(
      Effect.provide(
        layerWorld({
          ...two,
          config: {
            models: { providers: { anthropic: { baseUrl: "http://example.com", models: [] } } }
          }
        })
      )
    )
  )
})
