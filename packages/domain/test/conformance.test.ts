/**
 * The conformance list of the reference program's behaviour, by its numbers. Where a decision of
 * this project rules otherwise the test says what holds instead. Numbers not here: 1, 2 in
 * Health/HealthPolicy.test.ts; 3, 4 in Auth/Order.test.ts; 5, 6 in the profile store's file tests;
 * 11 in the Keychain's tests.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../src/Agent/AgentId.ts"
import type { AttemptResult } from "../src/Auth/AttemptResult.ts"
import type { CredentialUse } from "../src/Auth/CredentialUse.ts"
import { Failover } from "../src/Auth/Failover.ts"
import { decode as decodeClaudeCode } from "../src/ClaudeCode/credentialsDocument.ts"
import { decide } from "../src/ClaudeCode/sharedDecision.ts"
import { classify, classifyNoAnswer } from "../src/Health/classify.ts"
import { expiry, worst } from "../src/Health/Expiry.ts"
import * as Credential from "../src/Profile/Credential.ts"
import * as ProfileId from "../src/Profile/ProfileId.ts"
import * as ProviderId from "../src/Profile/ProviderId.ts"
import { layerWorld } from "./Auth/world.ts"

const key = (text: string, provider = "anthropic") => ({ type: "api_key", provider, key: text })
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }
const answered: AttemptResult<string> = { _tag: "Answered", value: "ok", windows: [] }
const limited: AttemptResult<string> = {
  _tag: "Refused",
  value: "no",
  failure: { class: "rate_limit", status: 429, windows: [] }
}

/**
 * Runs a request; `limitedSecrets` are refused with 429. Gives the secrets in the order in which
 * they were sent.
 */
const send = (
  options: Partial<Parameters<Failover["run"]>[0]>,
  limitedSecrets: ReadonlyArray<string> = []
) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const sent: Array<string> = []
    const attempt = (use: CredentialUse) =>
      Effect.sync(() => {
        const secret = Redacted.value(use.secret)
        sent.push(secret)
        return limitedSecrets.includes(secret) ? limited : answered
      })
    const result = yield* Effect.either(failover.run({ ...request, ...options }, attempt))
    return { sent, result }
  })

const three = layerWorld({
  stores: { main: { profiles: { a: key("ka"), b: key("kb"), c: key("kc") } } }
})

describe("conformance", () => {
  it.effect(
    "7: main's profiles and an agent's own are both seen, where the agent inherits (S10 " +
      "rules: only then)",
    () =>
      Effect.gen(function* () {
        const agent = AgentId.normalize("bot")
        const { sent } = yield* send({ agent }, ["B"])
        assert.deepStrictEqual(sent, ["B"])
        assert.strictEqual((yield* send({ agent: AgentId.normalize("loner") })).result._tag, "Left")
      }).pipe(
        Effect.provide(
          layerWorld({
            stores: {
              main: { profiles: { "openai:a": key("A", "openai"), b: key("B") } },
              bot: { profiles: { "openai:a": key("C", "openai") } }
            },
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

  const login = (expires: number) => {
    const decoded = decodeClaudeCode({
      claudeAiOauth: { accessToken: "a", refreshToken: `r${expires}`, expiresAt: expires }
    })
    const credential = Either.getOrThrow(decoded)
    if (credential.type !== "oauth") throw new Error("expected a login")
    return credential
  }
  const unrelated = { storedIsConsumed: false, theirsIsConsumed: false, storedFollowsTheirs: false }
  const minute = 60_000

  it(
    "9: Claude Code's login without a refresh token is a token; a newer login is taken, an " +
      "older one and a token are not",
    () => {
      const token = Either.getOrThrow(
        decodeClaudeCode({ claudeAiOauth: { accessToken: "a", expiresAt: 90 * minute } })
      )
      assert.strictEqual(token.type, "token")
      assert.strictEqual(decide(login(60 * minute), login(90 * minute), unrelated), "theirs")
      assert.strictEqual(decide(login(60 * minute), login(30 * minute), unrelated), "apart")
      assert.strictEqual(decide(login(60 * minute), token, unrelated), "apart")
    }
  )

  it.effect(
    "13: by itself a limit rotates; a profile asked for by name gets one attempt, also while " +
      "it rests",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* send({}, ["ka"])).sent, ["ka", "kb"])
        const pinned = yield* send({ profile: ProfileId.of("a") }, ["ka"])
        assert.deepStrictEqual(pinned.sent, ["ka"])
        const foreign = yield* send({ profile: ProfileId.of("nobody") })
        assert.deepStrictEqual([foreign.sent, foreign.result._tag], [[], "Left"])
      }).pipe(Effect.provide(three))
  )

  it.effect("14: when all cool down, one request tests it; otherwise no request is made", () =>
    Effect.gen(function* () {
      yield* send({}, ["ka", "kb", "kc"])
      assert.deepStrictEqual((yield* send({}, ["ka"])).sent, ["ka"])
      const cooling = yield* send({})
      assert.deepStrictEqual(cooling.sent, [])
      assert.isTrue(cooling.result._tag === "Left" && cooling.result.left._tag === "AllInCooldown")
      const nothing = yield* send({ agent: AgentId.normalize("nobody") })
      assert.isTrue(nothing.result._tag === "Left" && nothing.result.left._tag === "NoApiKey")
    }).pipe(Effect.provide(three))
  )

  it.effect("15: rotation skips a profile that is cooling down, in the middle", () =>
    Effect.gen(function* () {
      yield* send({ profile: ProfileId.of("b") }, ["kb"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* send({}, ["ka"])).sent, ["ka", "kc"])
    }).pipe(Effect.provide(three))
  )

  it(
    "16: the classes of failures (D9 rules: by status and type, by words only where one status " +
      "means two things)",
    () => {
      const of = (status: number, type: string, message: string) =>
        classify({
          status,
          header: () => undefined,
          body: JSON.stringify({ type: "error", error: { type, message } }),
          now: 0,
          asked: {}
        }).class
      assert.strictEqual(of(401, "authentication_error", "invalid api key"), "auth")
      assert.strictEqual(of(429, "rate_limit_error", "resource has been exhausted"), "rate_limit")
      assert.strictEqual(of(529, "overloaded_error", "Overloaded"), "overloaded")
      assert.strictEqual(
        of(400, "invalid_request_error", "Your credit balance is too low"),
        "billing"
      )
      assert.strictEqual(classifyNoAnswer("timeout", "ETIMEDOUT").class, "timeout")
      for (const text of [
        "bad request",
        "billing issue detected",
        "image dimensions exceed max allowed size",
        "invalid request format"
      ]) {
        assert.strictEqual(of(400, "invalid_request_error", text), "format", text)
      }
    }
  )

  it("17: health of credentials by their expiry", () => {
    const now = 1_000_000_000
    const token = (remaining: number): Credential.Credential => ({
      type: "token",
      provider: ProviderId.anthropic,
      token: Redacted.make("t"),
      expires: now + remaining,
      extra: Credential.noExtra
    })
    const apiKey: Credential.Credential = {
      type: "api_key",
      provider: ProviderId.anthropic,
      key: Redacted.make("k"),
      extra: Credential.noExtra
    }
    const of = (credential: Credential.Credential) => expiry(credential, now)
    assert.deepStrictEqual(
      [token(24 * 60 * minute + minute), token(10_000), token(-10_000), apiKey].map(
        (credential) => of(credential).status
      ),
      ["ok", "expiring", "expired", "static"]
    )
    const both = [token(48 * 60 * minute), token(-1)].map((credential) => ({
      kind: credential.type,
      expiry: of(credential)
    }))
    assert.strictEqual(worst(both), "expired")
  })

  it.effect("18: spellings of a provider are one provider", () =>
    Effect.gen(function* () {
      const { sent } = yield* send({
        profile: ProfileId.of("p"),
        provider: ProviderId.normalize(" Anthropic ")
      })
      assert.deepStrictEqual(sent, ["k"])
    }).pipe(
      Effect.provide(
        layerWorld({
          stores: { main: { profiles: { p: key("k", "ANTHROPIC") } } },
          config: { auth: { profiles: { p: { provider: "Anthropic", mode: "api_key" } } } }
        })
      )
    )
  )
})
