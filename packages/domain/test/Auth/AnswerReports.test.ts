/** What a report of a program does to the credential that it was given (decision D50). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AnswerReports } from "../../src/Auth/AnswerReports.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import { PublicFingerprint } from "../../src/Auth/PublicFingerprint.ts"
import type { AnswerReport } from "../../src/Auth/reportOutcome.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { fingerprint } from "../../src/Profile/Secret.ts"
import { layerWorld, type World } from "./world.ts"

const minute = 60_000
const a = ProfileId.of("a")
const key = { type: "api_key", provider: "anthropic", key: "ka" }
const login = {
  type: "oauth",
  provider: "anthropic",
  access: "old",
  refresh: "r",
  expires: 4_102_444_800_000
}
const one: World = { stores: { main: { profiles: { a: key } } } }
const withLogin = (refresh: NonNullable<World["refresh"]>): World => ({
  stores: { main: { profiles: { a: login } } },
  refresh
})
const reports = (world: World) =>
  Layer.provideMerge(AnswerReports.DefaultWithoutDependencies, layerWorld(world))

const take = (status: number, more: Partial<AnswerReport> = {}) =>
  Effect.flatMap(AnswerReports, (service) =>
    service.take({ agent: AgentId.main, profile: a, status, ...more })
  )

const health = (secret = "ka") =>
  Effect.map(
    Effect.flatMap(HealthStore, (store) => store.read(AgentId.main)),
    ({ profiles }) => {
      const known = profiles.get(a)
      return known?.secretFingerprint === fingerprint(Redacted.make(secret)) ? known : undefined
    }
  )

/** Hands the credential out, as a trial where it cools down. */
const issue = Effect.flatMap(AuthResolver, (resolver) =>
  resolver.issue({ agent: AgentId.main, provider: ProviderId.anthropic }, minute)
)

const main = "main"

/** A refusal of which another request learned, with the windows of its cooldown. */
const failure = (at: number, windows: ReadonlyArray<Window> = []) =>
  Effect.flatMap(HealthStore, (store) =>
    store.record(AgentId.main, a, fingerprint(Redacted.make("ka")), {
      _tag: "Failed",
      at,
      startedAt: at,
      failure: { class: "rate_limit", windows },
      jitterMs: 0,
      ladder: Cooldown.settings(Config.empty, ProviderId.anthropic)
    })
  )

const limit = (scope: string, until: number) =>
  failure(0, [{ scope, until, class: "rate_limit", source: "retry-after", observedAt: 0 }])

describe("a report that the provider took a credential", () => {
  it.effect("changes nothing where it was usable", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* take(200), {
        agent: main,
        profile: "a",
        result: "unchanged",
        until: undefined,
        message: "a: it was usable already"
      })
      assert.isUndefined(yield* health())
    }).pipe(Effect.provide(reports(one)))
  )

  it.effect("ends a cooldown that was a guess", () =>
    Effect.gen(function* () {
      yield* take(429)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* take(200), {
        result: "usable",
        message: "a: its cooldown is over"
      })
      assert.deepInclude(yield* take(200), { message: "a: it was usable already" })
    }).pipe(Effect.provide(reports(one)))
  )

  it.effect("leaves a cooldown whose end the provider gave, and ends what was guessed", () =>
    Effect.gen(function* () {
      yield* take(429)
      yield* limit("group:opus-4", 10 * minute)
      assert.deepInclude(yield* take(200, { model: "claude-opus-4-5" }), {
        result: "unchanged",
        message: "a: the provider gave the end of its cooldown; it stays"
      })
      assert.deepInclude(yield* take(200), { message: "a: it was usable already" })
    }).pipe(Effect.provide(reports(one)))
  )

  it.effect("is the end of the trial that it was handed out for", () =>
    Effect.gen(function* () {
      yield* take(429)
      const { trial } = yield* issue
      assert.isDefined(trial)
      yield* TestClock.adjust("10 seconds")
      // A refusal that came after the credential was handed out is not taken back.
      yield* failure(5_000)
      assert.deepInclude(yield* take(200), { result: "usable" })
      assert.isDefined((yield* health())?.ladder)
    }).pipe(Effect.provide(reports(one)))
  )
})

describe("a report that the provider refused a credential", () => {
  it.effect("lets it cool down, and says until when and why", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* take(429, { retryAfter: "30" }), {
        agent: main,
        profile: "a",
        result: "cooling-down",
        until: 30_000,
        message: "a: cooling down until 1970-01-01T00:00:30.000Z (rate limit)"
      })
      const known = yield* health()
      assert.deepInclude(known?.windows[0], { source: "report", until: 30_000 })
    }).pipe(Effect.provide(reports(one)))
  )

  it.effect("climbs no ladder where the credential was handed out as a trial", () =>
    Effect.gen(function* () {
      yield* take(429)
      yield* issue
      yield* TestClock.adjust("10 seconds")
      const before = yield* health()
      assert.deepInclude(yield* take(429), { result: "cooling-down" })
      const after = yield* health()
      assert.deepStrictEqual([after?.ladder, after?.windows], [before?.ladder, before?.windows])
      assert.deepStrictEqual(
        after?.trials?.map(({ refused }) => refused),
        [1]
      )
    }).pipe(Effect.provide(reports(one)))
  )

  it.effect("refreshes a login whose access token was refused, which then does not cool down", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* take(401), {
        agent: main,
        profile: "a",
        result: "refreshed",
        until: undefined,
        message: "a: its login was refreshed; ask for the new token"
      })
      assert.isUndefined(yield* health("old"))
    }).pipe(Effect.provide(reports(withLogin({ access: "new" }))))
  )

  it.effect("gives back the trial that a login was handed out for, where it was refreshed", () =>
    Effect.gen(function* () {
      yield* take(429)
      yield* issue
      assert.deepStrictEqual(
        (yield* health("old"))?.trials?.map(({ nextAt }) => nextAt),
        [minute]
      )
      assert.deepInclude(yield* take(401), { result: "refreshed" })
      const [trial] = (yield* health("old"))?.trials ?? []
      assert.isBelow(trial?.nextAt ?? 0, minute)
    }).pipe(Effect.provide(reports(withLogin({ access: "new" }))))
  )

  it.effect("lets a login cool down that cannot be refreshed, or is at a limit", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* take(429), { result: "cooling-down" })
      yield* TestClock.adjust("1 hour")
      assert.deepInclude(yield* take(401), { result: "cooling-down" })
    }).pipe(Effect.provide(reports(withLogin({ cause: "offline" }))))
  )
})

describe("a report that is of no use", () => {
  it.effect("is one about the provider, or the request", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* take(529), {
        result: "unchanged",
        message:
          "a: ignored, because it says nothing about the credential (the provider is overloaded)"
      })
      assert.isUndefined(yield* health())
    }).pipe(Effect.provide(reports(one)))
  )

  const named = Layer.succeed(PublicFingerprint, { of: (mark: string) => `name of ${mark}` })
  const current = `name of ${fingerprint(Redacted.make("ka"))}`

  it.effect("is one about another version of the secret, and is taken for this one", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* take(429, { version: "another" }), {
        result: "unchanged",
        message: "a: ignored, because it is about another version of its secret"
      })
      assert.isUndefined(yield* health())
      assert.deepInclude(yield* take(429, { version: current }), { result: "cooling-down" })
    }).pipe(Effect.provide(reports(one)), Effect.provide(named))
  )

  it.effect("is one about a profile that no request could be sent with", () =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(take(429, { profile: ProfileId.of("gone") }))
      assert.deepInclude(failed, { _tag: "NoCredentials", profile: "gone" })
    }).pipe(Effect.provide(reports(one)))
  )
})
