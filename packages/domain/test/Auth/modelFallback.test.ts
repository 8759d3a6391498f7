import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { TrailEntry } from "../../src/Auth/Attempt.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import type { AuthRequest } from "../../src/Auth/AuthRequest.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { answeringModel, fallbackCause, paidOtherwise } from "../../src/Auth/modelFallback.ts"
import { orOtherModel } from "../../src/Auth/orOtherModel.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld } from "./world.ts"

const entry = (
  failureClass: FailureClass | undefined,
  more: Partial<TrailEntry> = {}
): TrailEntry => {
  const common = { profile: ProfileId.of("a"), startedAt: 0, endedAt: 1, ...more }
  if (failureClass === undefined) return { ...common, result: "answered" }
  return { ...common, result: "refused", failureClass }
}

const refused = (failureClass: FailureClass): AttemptResult<string> => ({
  _tag: "Refused",
  value: failureClass,
  failure: { class: failureClass, windows: [] }
})
const answered: AttemptResult<string> = { _tag: "Answered", value: "ok", windows: [] }

describe("why another model may answer", () => {
  const after = (result: AttemptResult<string>, ...classes: ReadonlyArray<FailureClass>) =>
    fallbackCause(
      Either.right(result),
      classes.map((one) => entry(one))
    )

  it("two attempts met an overload, or every credential is at a limit", () => {
    assert.strictEqual(after(refused("overloaded"), "overloaded", "overloaded"), "overloaded")
    assert.strictEqual(after(refused("rate_limit"), "rate_limit"), "rate limited")
    assert.strictEqual(fallbackCause(Either.left({ _tag: "AllInCooldown" }), []), "rate limited")
  })

  it("nothing else", () => {
    assert.isUndefined(after(refused("overloaded"), "overloaded"))
    assert.isUndefined(after(refused("overloaded"), "server", "overloaded"))
    assert.isUndefined(after(answered, "overloaded", "overloaded"))
    const classes: ReadonlyArray<FailureClass> = [
      "auth",
      "billing",
      "spend_cap",
      "entitlement",
      "server",
      "timeout",
      "format"
    ]
    for (const one of classes) assert.isUndefined(after(refused(one), one, one), one)
    const broken = {
      _tag: "Broken",
      value: "",
      failure: { class: "overloaded", windows: [] }
    } as const
    assert.isUndefined(after(broken, "overloaded", "overloaded"))
    const errors = [
      { _tag: "AllInCooldown", outOfCredit: true },
      { _tag: "AllInCooldown", refused: true },
      { _tag: "NoCredentials" },
      { _tag: "NoApiKey" },
      { _tag: "OAuthRefreshFailed" }
    ]
    for (const error of errors) assert.isUndefined(fallbackCause(Either.left(error), []))
  })

  it("is told by the model of the last attempt, unless that was refused", () => {
    const model = "other"
    assert.strictEqual(answeringModel([entry("overloaded"), entry(undefined, { model })]), model)
    assert.isUndefined(answeringModel([entry("overloaded"), entry("overloaded", { model })]))
    assert.isUndefined(answeringModel([entry(undefined)]))
    assert.isUndefined(answeringModel([]))
  })
})

const member = (name: string, json: object) => ({
  profile: ProfileId.of(name),
  credential: Either.getOrThrow(Credential.decode({ provider: "anthropic", ...json }))
})
const plan = member("plan", { type: "token", token: "t" })
const login = member("login", { type: "oauth", access: "a", refresh: "r", expires: 1 })
const key = member("key", { type: "api_key", key: "k" })

describe("who may answer with another model", () => {
  const outOf = (...tried: ReadonlyArray<string>) =>
    paidOtherwise([plan, login, key], new Set(tried.map(ProfileId.of)))

  it("credentials that are paid for as those that were tried", () => {
    assert.deepStrictEqual(outOf("plan"), [key.profile])
    assert.deepStrictEqual(outOf("login", "plan"), [key.profile])
    assert.deepStrictEqual(outOf("key"), [plan.profile, login.profile])
    assert.deepStrictEqual(outOf("plan", "key"), [])
  })

  it("all of them, where all were reached", () => {
    assert.deepStrictEqual(paidOtherwise([plan, key], undefined), [])
  })
})

const apiKey = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const world = layerWorld({ stores: { main: { profiles: { a: apiKey("ka"), b: apiKey("kb") } } } })
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "m" }

/** Requests with models that are refused by class; all others answer. */
const ending = (
  classes: Readonly<Record<string, FailureClass>>,
  models: ReadonlyArray<string>,
  named = "m"
) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const sent: Array<string> = []
    const attemptOf = (model: string) => (use: CredentialUse) =>
      Effect.sync((): AttemptResult<string> => {
        sent.push(`${model} ${use.profile}`)
        const failureClass = classes[model]
        if (failureClass === undefined) return { ...answered, value: model }
        const failure = { class: failureClass, windows: [], scope: `group:${model}` }
        return { _tag: "Refused", value: model, failure }
      })
    const trail: Array<TrailEntry> = []
    const asking = { ...request, model: named }
    const own = failover.run(asking, attemptOf(named), trail)
    const asked: Array<string> = []
    const others = function* (cause: string) {
      asked.push(cause)
      for (const model of models) yield { model, attempt: attemptOf(model) }
    }
    const walked = yield* Effect.either(orOtherModel(failover, asking, own, trail, others))
    const value = Either.match(walked, {
      onLeft: ({ _tag }) => _tag,
      onRight: ({ result }) => result.value
    })
    return { value, sent, asked, models: trail.map(({ model }) => model) }
  })

describe("orOtherModel", () => {
  it.effect("asks for no other model where a request's own answers", () =>
    Effect.gen(function* () {
      const found = yield* ending({}, ["x"])
      assert.deepStrictEqual(found, {
        value: "m",
        sent: ["m a"],
        asked: [],
        models: [undefined]
      })
    }).pipe(Effect.provide(world))
  )

  it.effect("gives the answer of the first model that answers, and names it in the trail", () =>
    Effect.gen(function* () {
      const found = yield* ending({ m: "overloaded", x: "format" }, ["x", "y", "z"])
      assert.deepStrictEqual(found, {
        value: "y",
        sent: ["m a", "m b", "x a", "y a"],
        asked: ["overloaded"],
        models: [undefined, undefined, "x", "y"]
      })
    }).pipe(Effect.provide(world))
  )

  it.effect("ends as the request's own model did where no other answers, after two of them", () =>
    Effect.gen(function* () {
      const all = { m: "overloaded", x: "format", y: "format", z: "format" } as const
      const found = yield* ending(all, ["x", "y", "z"])
      assert.strictEqual(found.value, "m")
      assert.deepStrictEqual(found.models, [undefined, undefined, "x", "y"])
    }).pipe(Effect.provide(world))
  )

  it.effect("asks for none where the credentials were refused", () =>
    Effect.gen(function* () {
      const found = yield* ending({ m: "auth" }, ["x"])
      assert.strictEqual(found.value, "AllInCooldown")
      assert.deepStrictEqual(found.asked, [])
    }).pipe(Effect.provide(world))
  )

  it.effect("tests no cooldown of another model, which a request for that would", () =>
    Effect.gen(function* () {
      const classes = { m: "rate_limit", x: "rate_limit" } as const
      assert.deepStrictEqual((yield* ending(classes, [], "x")).sent, ["x a", "x b"])
      yield* TestClock.adjust("10 seconds")
      const found = yield* ending(classes, ["x"])
      assert.deepStrictEqual(found.sent, ["m a", "m b"])
      assert.deepStrictEqual(found.asked, ["rate limited"])
      assert.strictEqual(found.value, "AllInCooldown")
      assert.deepStrictEqual((yield* ending(classes, [], "x")).sent, ["x a"])
    }).pipe(Effect.provide(world))
  )

  it.effect("asks as the request that began before, without who met an overload", () =>
    Effect.gen(function* () {
      const failover = yield* Failover
      const seen: Array<AuthRequest["fallback"]> = []
      const watched: Pick<Failover, "run"> = {
        run: (asked, attempt, trail) => {
          seen.push(asked.fallback)
          return failover.run(asked, attempt, trail)
        }
      }
      const other = { model: "x", attempt: () => Effect.succeed(answered) }
      for (const one of ["overloaded", "rate_limit"] as const) {
        const trail = [entry(one, { startedAt: 7 }), entry(one)]
        const ended = Effect.succeed({ result: refused(one), trail })
        const { result } = yield* orOtherModel(watched, request, ended, trail, () => [other])
        assert.deepStrictEqual(result, answered)
      }
      const unsent = Effect.succeed({ result: refused("rate_limit"), trail: [] })
      yield* orOtherModel(watched, request, unsent, [], () => [other])
      assert.deepStrictEqual(seen, [
        { beganAt: 7, tried: new Set([ProfileId.of("a")]) },
        { beganAt: 7, tried: undefined },
        { beganAt: undefined, tried: undefined }
      ])
    }).pipe(Effect.provide(world))
  )
})
