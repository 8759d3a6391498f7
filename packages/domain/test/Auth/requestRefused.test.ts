/** Refusals that are about the request or the way to the provider, not about the credential. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AttemptResult from "../../src/Auth/AttemptResult.ts"
import type { AuthRequest } from "../../src/Auth/AuthRequest.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const model = "claude-opus-5"
const request: AuthRequest = {
  agent: AgentId.main,
  provider: ProviderId.anthropic,
  model,
  path: "/v1/messages"
}
const token = (text: string) => ({ type: "token", provider: "anthropic", token: text })
const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const login = {
  type: "oauth",
  provider: "anthropic",
  access: "old",
  refresh: "r",
  expires: 4102444800000
}

interface Answer {
  readonly status: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
const longContext: Answer = {
  status: 429,
  message: "Extra usage is required for long context requests."
}
const limited: Answer = { status: 429, message: "slow down", headers: { "retry-after": "90" } }
const ok: Answer = { status: 200, message: "" }

/** Sends with an answer for each secret; gives the text of what comes back, and who was asked. */
const run = (answers: Readonly<Record<string, Answer>>, asked: AuthRequest = request) =>
  Effect.gen(function* () {
    const sent: Array<string> = []
    const attempt = (use: CredentialUse) =>
      Effect.map(Effect.clock, (clock) => {
        const secret = Redacted.value(use.secret)
        sent.push(secret)
        const { body, headers, message, status } = answers[secret] ?? ok
        const error = { type: "error", error: { type: "invalid_request_error", message } }
        const answer = {
          status,
          header: (name: string) => headers?.[name],
          body: body ?? JSON.stringify(error),
          now: clock.unsafeCurrentTimeMillis(),
          model: asked.model,
          path: asked.path
        }
        return AttemptResult.fromResponse(answer, `${secret}: ${status}`)
      })
    const outcome = yield* Effect.either((yield* Failover).run(asked, attempt))
    const text = outcome._tag === "Right" ? String(outcome.right.result.value) : outcome.left._tag
    return { text, sent }
  })

const states = (asked: AuthRequest = request) =>
  Effect.gen(function* () {
    const { candidates } = yield* (yield* AuthResolver).explain(asked)
    return candidates.map(({ profile, state }) => `${profile} ${state}`)
  })

const plans: World = { stores: { main: { profiles: { a: token("ta"), b: token("tb") } } } }

describe("a request that no plan pays for", () => {
  it.effect(
    "is tried with the next credential; the provider's own answer goes back; nobody rests",
    () =>
      Effect.gen(function* () {
        const { sent, text } = yield* run({ ta: longContext, tb: longContext })
        assert.deepStrictEqual([text, sent], ["tb: 429", ["ta", "tb"]])
        assert.deepStrictEqual((yield* states()).sort(), ["a ready", "b ready"])
      }).pipe(Effect.provide(layerWorld(plans)))
  )

  it.effect("is answered where another credential may", () =>
    Effect.gen(function* () {
      const { text } = yield* run({ ta: longContext })
      assert.strictEqual(text, "tb: 200")
    }).pipe(Effect.provide(layerWorld(plans)))
  )

  it.effect("is not explained with the limits of the others", () =>
    Effect.gen(function* () {
      const { sent, text } = yield* run({ ta: longContext, tb: limited })
      assert.deepStrictEqual([text, sent], ["ta: 429", ["ta", "tb"]])
    }).pipe(Effect.provide(layerWorld(plans)))
  )

  for (const [allowed, expected] of [
    [false, ["ta"]],
    [true, ["ta", "pay"]]
  ] as const) {
    it.effect(
      "reaches a key that is paid by use " +
        `${allowed ? "where that is allowed" : "never by itself"} (D5)`,
      () =>
        Effect.gen(function* () {
          const { sent } = yield* run({ ta: longContext })
          assert.deepStrictEqual(sent, [...expected])
        }).pipe(
          Effect.provide(
            layerWorld({
              stores: { main: { profiles: { a: token("ta") } } },
              variables: { ANTHROPIC_API_KEY: "pay" },
              config: { auth: { payAsYouGoFallback: allowed } }
            })
          )
        )
    )
  }
})

describe("a wall between us and the provider (decision D34)", () => {
  const portal = (status: number): Answer => ({
    status,
    headers: { "content-type": "text/html", "retry-after": "3600" },
    body: "<html>Sign in</html>"
  })

  for (const status of [401, 402, 403]) {
    it.effect(
      `${status}: goes back as it is, nothing is refreshed, no other secret is shown to it`,
      () =>
        Effect.gen(function* () {
          const { sent, text } = yield* run({ old: portal(status), new: portal(status) })
          assert.deepStrictEqual([text, sent], [`old: ${status}`, ["old"]])
          assert.deepStrictEqual((yield* states()).sort(), ["a ready", "b ready"])
        }).pipe(
          Effect.provide(
            layerWorld({
              stores: { main: { profiles: { a: login, b: key("kb") } } },
              refresh: { access: "new" }
            })
          )
        )
    )
  }

  it.effect("429: rests what was asked for, for a minute at most", () =>
    Effect.gen(function* () {
      const { text } = yield* run({ ta: portal(429) })
      assert.strictEqual(text, "tb: 200")
      const { candidates } = yield* (yield* AuthResolver).explain(request)
      const cooling = candidates.find(({ profile }) => profile === "a")
      assert.deepStrictEqual(cooling?.obstacles, [
        { scope: "group:opus-5", class: "rate_limit", source: "wall", stated: false, until: 60_000 }
      ])
      assert.deepStrictEqual((yield* states({ ...request, model: "claude-haiku-5-5" })).sort(), [
        "a ready",
        "b ready"
      ])
    }).pipe(Effect.provide(layerWorld(plans)))
  )
})

describe("a refusal of one resource", () => {
  for (const [status, type] of [
    [403, "permission_error"],
    [401, "authentication_error"]
  ] as const) {
    it.effect(`${status}: rests that resource, and no message`, () =>
      Effect.gen(function* () {
        const body = JSON.stringify({ type: "error", error: { type, message: "no" } })
        const files: AuthRequest = { ...request, model: undefined, path: "/v1/files" }
        // The client is told what the provider said, not that its own key is refused.
        const { text } = yield* run({ ka: { status, body }, kb: { status, body } }, files)
        assert.strictEqual(text, `kb: ${status}`)
        assert.deepStrictEqual((yield* states(files)).sort(), ["a half-open", "b half-open"])
        assert.deepStrictEqual((yield* states()).sort(), ["a ready", "b ready"])
        assert.strictEqual((yield* run({})).text, "ka: 200")
      }).pipe(
        Effect.provide(
          layerWorld({ stores: { main: { profiles: { a: key("ka"), b: key("kb") } } } })
        )
      )
    )
  }
})
