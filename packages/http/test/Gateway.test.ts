import Anthropic from "@anthropic-ai/sdk"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import OlderAnthropic from "anthropic-sdk-0.71"
import * as Effect from "effect/Effect"
import {
  adminToken,
  ask,
  body,
  clientToken,
  emptyStatus,
  keys,
  streaming,
  withGateway
} from "./world.ts"

const sdks = [
  ["1.x", (url: string) => new Anthropic({ baseURL: url, apiKey: clientToken, maxRetries: 0 })],
  // The parts used here are the same in both; only their types are of two packages.
  [
    "0.71",
    (url: string) =>
      new OlderAnthropic({
        baseURL: url,
        apiKey: clientToken,
        maxRetries: 0
      }) as unknown as Anthropic
  ]
] as const

for (const [name, client] of sdks) {
  describe(`@anthropic-ai/sdk ${name}`, () => {
    it.scopedLive("creates, streams, counts tokens and lists models", () =>
      withGateway({ script: { ka: () => Script.ok({ text: "one two three" }) } }, ({ gateway }) =>
        Effect.promise(async () => {
          const sdk = client(gateway.url)
          const created = await sdk.messages.create(body)
          assert.deepStrictEqual<unknown>(created.content[0], {
            type: "text",
            text: "one two three"
          })
          const streamed = await sdk.messages.stream(body).finalMessage()
          assert.deepStrictEqual(
            streamed.content.map((block) => (block.type === "text" ? block.text : block.type)),
            ["one two three"]
          )
          assert.isAbove(
            (await sdk.messages.countTokens({ model: body.model, messages: body.messages }))
              .input_tokens,
            0
          )
          const models = await sdk.models.list()
          assert.include(
            models.data.map((model) => model.id),
            "claude-opus-4-5"
          )
          assert.strictEqual((await sdk.models.retrieve("claude-haiku-4-5")).id, "claude-haiku-4-5")
        })
      )
    )

    it.scopedLive(
      "succeeds while the first key is limited, and the next requests skip that key",
      () =>
        withGateway(
          {
            script: {
              ka: Script.always(Script.rateLimited({ "retry-after": "120" })),
              kb: () => Script.ok()
            }
          },
          ({ gateway, upstream }) =>
            Effect.gen(function* () {
              const sdk = client(gateway.url)
              for (let round = 0; round < 3; round++)
                yield* Effect.promise(() => sdk.messages.create(body))
              assert.deepStrictEqual(
                upstream.requests.map((request) => request.credential),
                ["ka", "kb", "kb", "kb"]
              )
              const resolver = yield* AuthResolver
              const explanation = yield* Effect.orDie(
                resolver.explain({
                  agent: AgentId.main,
                  provider: ProviderId.anthropic,
                  model: body.model
                })
              )
              const cooling = explanation.candidates.find(
                (candidate) => candidate.profile === "anthropic:ka"
              )
              assert.strictEqual(cooling?.state, "cooling")
            })
        )
    )

    it.scopedLive(
      "gets a 429 of the provider's kind, with the first time to come back, when all keys rest",
      () =>
        withGateway(
          {
            script: {
              ka: Script.always(Script.rateLimited({ "retry-after": "300" })),
              kb: Script.always(Script.rateLimited({ "retry-after": "40" }))
            }
          },
          ({ gateway }) =>
            Effect.promise(async () => {
              const error = await client(gateway.url)
                .messages.create(body)
                .then(
                  () => undefined,
                  (cause: unknown) => cause
                )
              assert.isTrue(
                error instanceof Anthropic.RateLimitError ||
                  error instanceof OlderAnthropic.RateLimitError
              )
              if (
                !(error instanceof Anthropic.APIError || error instanceof OlderAnthropic.APIError)
              )
                return
              const retryAfter = Number(error.headers?.get("retry-after"))
              assert.isTrue(retryAfter > 30 && retryAfter <= 43, String(retryAfter))
              assert.include(error.message, "all in cooldown/unavailable")
            })
        )
    )

    it.scopedLive("gets a 401 naming agent, store and command when there is no credential", () =>
      withGateway({ script: {}, stores: {} }, ({ gateway }) =>
        Effect.promise(async () => {
          const error = await client(gateway.url)
            .messages.create(body)
            .then(
              () => undefined,
              (cause: unknown) => cause
            )
          assert.isTrue(
            error instanceof Anthropic.AuthenticationError ||
              error instanceof OlderAnthropic.AuthenticationError
          )
          const message = error instanceof Error ? error.message : ""
          for (const fact of [
            'agent "main"',
            "auth-profiles.json",
            "clawdbot models auth paste-token --provider anthropic"
          ]) {
            assert.include(message, fact.replaceAll('"', message.includes('\\"') ? '\\"' : '"'))
          }
        })
      )
    )
  })
}

describe("fidelity", () => {
  it.scopedLive("bodies are the client's and the provider's, byte for byte", () =>
    withGateway({ script: { ka: () => Script.ok({ gzip: true }) } }, (started) =>
      Effect.gen(function* () {
        const odd =
          '{ "messages":[ {"role":"user", "content":"\\u00e4 \\ud83d\\ude00 ü  "}],\n' +
          '\t"model" : "claude-opus-4-5","zzz":1.50 }'
        const answer = yield* ask(started, {
          body: odd,
          path: "/v1/messages?beta=true",
          headers: { "x-custom": "kept" }
        })
        assert.strictEqual(answer.status, 200)
        const [seen] = started.upstream.requests
        assert.strictEqual(seen?.body.toString("utf8"), odd)
        assert.strictEqual(seen?.path, "/v1/messages?beta=true")
        assert.strictEqual(seen?.headers["x-custom"], "kept")
        assert.match(answer.headers.get("request-id") ?? "", /^req_/)
        assert.include(answer.text, "Hello from the scripted Anthropic.")
      })
    )
  )

  it.scopedLive(
    "exactly one credential leaves, the client's own never; betas are merged, never replaced",
    () =>
      withGateway(
        {
          script: { ka: () => Script.ok(), "sk-ant-oat01-t": () => Script.ok() },
          stores: {
            main: {
              profiles: {
                o: { type: "token", provider: "anthropic", token: "sk-ant-oat01-t" },
                k: { type: "api_key", provider: "anthropic", key: "ka" }
              },
              order: { anthropic: ["o", "k"] }
            }
          },
          config: {}
        },
        (started) =>
          Effect.gen(function* () {
            yield* ask(started, {
              headers: {
                cookie: "a=b",
                "anthropic-beta": "one-1,two-2",
                authorization: `Bearer ${clientToken}`
              }
            })
            const [seen] = started.upstream.requests
            assert.strictEqual(seen?.headers.authorization, "Bearer sk-ant-oat01-t")
            assert.deepStrictEqual(
              [seen?.headers["x-api-key"], seen?.headers.cookie],
              [undefined, undefined]
            )
            assert.strictEqual(seen?.headers["anthropic-beta"], "one-1,two-2,oauth-2025-04-20")
            assert.isFalse(JSON.stringify(seen?.rawHeaders).includes(clientToken))
          })
      )
  )

  it.scopedLive(
    "API keys carry the cache beta, even when the config's headers name betas of their own",
    () =>
      withGateway({ script: { ka: () => Script.ok() } }, (started) =>
        Effect.gen(function* () {
          yield* ask(started)
          assert.strictEqual(
            started.upstream.requests[0]?.headers["anthropic-beta"],
            "extended-cache-ttl-2025-04-11"
          )
        })
      )
  )

  it.scopedLive(
    "any other path of the provider passes, and an unknown one gets the provider's own 404",
    () =>
      withGateway({ script: { ka: () => Script.ok() } }, (started) =>
        Effect.gen(function* () {
          const batch = yield* ask(started, {
            path: "/v1/messages/batches",
            body: { requests: [] }
          })
          assert.strictEqual(batch.status, 200)
          const missing = yield* ask(started, { path: "/v1/nothing", method: "GET" })
          assert.deepStrictEqual(
            [missing.status, missing.headers.get("request-id")?.startsWith("req_")],
            [404, true]
          )
        })
      )
  )

  it.scopedLive("a large body arrives whole; one over the limit is refused with a clear word", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        const large = JSON.stringify({
          ...body,
          messages: [{ role: "user", content: "x".repeat(31 * 1024 * 1024) }]
        })
        assert.strictEqual((yield* ask(started, { body: large })).status, 200)
        assert.strictEqual(started.upstream.requests[0]?.body.length, Buffer.byteLength(large))
        const refused = yield* Effect.promise(async () => {
          const response = await fetch(`${started.gateway.url}/v1/messages`, {
            method: "POST",
            headers: { "x-api-key": clientToken },
            body: "x".repeat(33 * 1024 * 1024)
          }).catch(() => undefined)
          return response?.status
        })
        assert.isTrue(refused === 413 || refused === undefined)
      })
    )
  )
})

describe("failover", () => {
  const twoKeys = (step: Script.Step) => ({
    script: { ka: Script.always(step), kb: () => Script.ok() }
  })
  const moving: ReadonlyArray<readonly [string, Script.Step]> = [
    ["401", Script.unauthorized],
    ["403 revoked", Script.revoked],
    ["400 out of credit", Script.outOfCredit],
    ["429 without headers", Script.rateLimited()],
    ["529", Script.overloaded],
    ["500", Script.internal],
    ["503 in HTML", Script.htmlUnavailable],
    ["bytes that are no HTTP", { _tag: "Silent", how: "garbage" }],
    ["an error event first", { _tag: "BrokenStream", afterEvents: 2, how: "error" }],
    ["an end before content", { _tag: "BrokenStream", afterEvents: 1, how: "end" }],
    [
      "bytes that are no HTTP before content",
      { _tag: "BrokenStream", afterEvents: 1, how: "garbage" }
    ],
    ["a reset after headers", { _tag: "BrokenStream", afterEvents: 0, how: "reset" }],
    ["a reset before content", { _tag: "BrokenStream", afterEvents: 1, how: "reset" }]
  ]
  for (const [name, step] of moving) {
    it.scopedLive(`${name} moves on to the next credential`, () =>
      withGateway(twoKeys(step), (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started, { body: streaming })
          assert.strictEqual(answer.status, 200)
          assert.include(answer.text, "event: message_stop")
          assert.strictEqual(answer.text.split("event: message_start").length, 2)
          assert.deepStrictEqual(
            started.upstream.requests.map((request) => request.credential),
            ["ka", "kb"]
          )
        })
      )
    )
  }

  it.scopedLive("a fault of the request goes straight back, byte for byte", () =>
    withGateway(twoKeys(Script.badRequest), (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started)
        assert.deepStrictEqual([answer.status, started.upstream.requests.length], [400, 1])
        assert.include(answer.text, "at least one message is required")
        assert.match(answer.headers.get("request-id") ?? "", /^req_/)
      })
    )
  )

  for (const how of ["reset", "end", "garbage"] as const) {
    it.scopedLive(
      `a stream that breaks after content (${how}) reaches the client broken, and is not ` +
        "tried again",
      () =>
        withGateway(twoKeys({ _tag: "BrokenStream", afterEvents: 6, how }), (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started, { body: streaming })
            assert.match(answer.text, /^broken: /)
            assert.strictEqual(started.upstream.requests.length, 1)
          })
        )
    )
  }

  it.scopedLive("an error event after content reaches the client as it is", () =>
    withGateway(twoKeys({ _tag: "BrokenStream", afterEvents: 6, how: "error" }), (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: streaming })
        assert.include(answer.text, "event: error")
        assert.strictEqual(started.upstream.requests.length, 1)
      })
    )
  )
})

describe("security", () => {
  it.scopedLive(
    "without the client token nothing is served, and the admin token does not open the data plane",
    () =>
      withGateway({ script: { ka: () => Script.ok() } }, (started) =>
        Effect.gen(function* () {
          for (const token of ["", "wrong", adminToken]) {
            const answer = yield* ask(started, { headers: { "x-api-key": token } })
            assert.strictEqual(answer.status, 401)
            assert.include(answer.text, "ClientTokenRefused")
          }
          assert.strictEqual(started.upstream.requests.length, 0)
          assert.strictEqual(
            (yield* ask(started, {
              headers: { "x-api-key": "", authorization: `Bearer ${clientToken}` }
            })).status,
            200
          )
        })
      )
  )

  it.scopedLive(
    "the control plane wants the admin token; healthz says nothing but that it lives",
    () =>
      withGateway({ script: {} }, (started) =>
        Effect.gen(function* () {
          const status = (token: string) =>
            ask(started, {
              path: "/clawdbot/status",
              method: "GET",
              headers: { "x-api-key": token }
            })
          assert.strictEqual((yield* status(clientToken)).status, 401)
          assert.deepStrictEqual(JSON.parse((yield* status(adminToken)).text), emptyStatus)
          const health = yield* ask(started, {
            path: "/healthz",
            method: "GET",
            headers: { "x-api-key": "" }
          })
          assert.deepStrictEqual(JSON.parse(health.text), { status: "ok", service: "clawdbot" })
        })
      )
  )

  it.scopedLive("a page of another origin is refused", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        for (const headers of [
          { origin: "https://evil.example" },
          { "sec-fetch-site": "cross-site" }
        ]) {
          assert.strictEqual((yield* ask(started, { headers })).status, 403)
        }
      })
    )
  )

  it.scopedLive("practice mode says so in every answer", () =>
    withGateway({ script: { ka: () => Script.ok() }, gateway: { practice: true } }, (started) =>
      Effect.gen(function* () {
        for (const path of ["/v1/messages", "/v1/models", "/nothing"]) {
          const answer = yield* ask(started, {
            path,
            method: path === "/v1/messages" ? "POST" : "GET"
          })
          assert.strictEqual(answer.headers.get("x-clawdbot-practice"), "true")
        }
      })
    )
  )
})

it.scopedLive("a port in use says by what", () =>
  withGateway({ script: {}, stores: keys() }, ({ gateway }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        withGateway({ script: {}, gateway: { port: gateway.port } }, () => Effect.void)
      )
      assert.strictEqual(error._tag, "PortInUse")
      assert.include(error.message, "another clawdbot gateway")
    })
  )
)

it.scopedLive("an open gateway is not started off loopback", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      withGateway({ script: {}, gateway: { host: "0.0.0.0", clientTokens: [] } }, () => Effect.void)
    )
    assert.strictEqual(error._tag, "OpenOffLoopback")
  })
)
