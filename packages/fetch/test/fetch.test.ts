/** The package as clients of the provider use it, against a provider without a socket. */
import Anthropic from "@anthropic-ai/sdk"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as TestAnthropic from "@clawdbot/testing/TestAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { make, type Options } from "../src/index.ts"

const limited = { status: 429, headers: { "retry-after": "120" } }
const keys = { a: "key-a", b: "key-b" }
const message = {
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user" as const, content: "hi" }]
}

const claudeOf = (options: Options) =>
  Effect.acquireRelease(
    Effect.promise(() => make(options)),
    (claude) => Effect.promise(() => claude[Symbol.asyncDispose]())
  )

describe("@anthropic-ai/sdk", () => {
  it.scopedLive("is answered through fetch while the first key is limited, and streams", () =>
    Effect.gen(function* () {
      const fetch = TestAnthropic.fetch({ "key-a": [limited], "key-b": ["ok"] })
      const claude = yield* claudeOf({ keys, fetch })
      const client = new Anthropic({ apiKey: "clawdbot", fetch: claude.fetch, maxRetries: 0 })
      const answer = yield* Effect.promise(() => client.messages.create(message))
      assert.strictEqual(answer.type, "message")
      const text = yield* Effect.promise(() => client.messages.stream(message).finalText())
      assert.include(text, "scripted Anthropic")
      const { chosen } = yield* Effect.promise(() => claude.explain())
      assert.strictEqual(chosen, "b")
    })
  )

  it.scopedLive("is answered through its middleware", () =>
    Effect.gen(function* () {
      const provider = TestAnthropic.fetch({ "key-a": [limited], "key-b": ["ok"] })
      const claude = yield* claudeOf({ keys })
      const client = new Anthropic({
        apiKey: "clawdbot",
        fetch: provider,
        middleware: [claude.middleware],
        maxRetries: 0
      })
      const answer = yield* Effect.promise(() => client.messages.create(message))
      assert.strictEqual(answer.type, "message")
    })
  )

  it.scopedLive("gets its errors as the provider says them", () =>
    Effect.gen(function* () {
      const claude = yield* claudeOf({ keys: {} })
      const client = new Anthropic({ apiKey: "clawdbot", fetch: claude.fetch, maxRetries: 0 })
      const error = yield* Effect.promise(() =>
        client.messages.create(message).then(
          () => undefined,
          (error: unknown) => error
        )
      )
      assert.instanceOf(error, Anthropic.AuthenticationError)
      assert.include(String(error), "No API key found for provider")
    })
  )

  it.scopedLive("gets access tokens for its option credentials", () =>
    Effect.gen(function* () {
      const token = `sk-ant-oat01-${"t".repeat(95)}`
      const provider = TestAnthropic.fetch({ [token]: ["ok"] })
      const claude = yield* claudeOf({ keys: { subscription: token } })
      const given = yield* Effect.promise(() => claude.accessToken())
      assert.deepStrictEqual(given, { token, expiresAt: null })
      const credentials = claude.accessToken
      const client = new Anthropic({ credentials, fetch: provider, maxRetries: 0 })
      const answer = yield* Effect.promise(() => client.messages.create(message))
      assert.strictEqual(answer.type, "message")
    })
  )

  it.scopedLive("is told that an API key is no access token", () =>
    Effect.gen(function* () {
      const claude = yield* claudeOf({ keys })
      const error = yield* Effect.flip(Effect.tryPromise(() => claude.accessToken()))
      assert.include(String(error.error), "is an API key, which is no access token")
    })
  )
})

describe("fetch", () => {
  it.scopedLive("ends with the reason of whoever gives it up, and ends the request", () =>
    Effect.gen(function* () {
      let isEnded = false
      const called = yield* Deferred.make<void>()
      const hanging: typeof fetch = (_url, init) =>
        new Promise((_resolve, reject) => {
          Deferred.unsafeDone(called, Effect.void)
          init?.signal?.addEventListener("abort", () => {
            isEnded = true
            reject(init.signal?.reason)
          })
        })
      const claude = yield* claudeOf({ keys, fetch: hanging })
      const controller = new AbortController()
      const asking = claude.fetch("https://api.anthropic.com/v1/messages", {
        method: "POST",
        body: "{}",
        signal: controller.signal
      })
      yield* Deferred.await(called)
      controller.abort(new Error("no more"))
      const error = yield* Effect.flip(Effect.tryPromise(() => asking))
      assert.include(String(error.error), "no more")
      assert.isTrue(isEnded)
    })
  )

  it.scopedLive("ends the answer of the provider with a reader who leaves", () =>
    Effect.gen(function* () {
      const stalled: TestAnthropic.Step = { _tag: "BrokenStream", afterEvents: 5, how: "stall" }
      const provider = TestAnthropic.fetch({ "key-a": [stalled] })
      let signal: AbortSignal | null | undefined
      const watched: typeof fetch = (url, init) => {
        signal = init?.signal
        return provider(url, init)
      }
      const claude = yield* claudeOf({ keys: { a: "key-a" }, fetch: watched })
      const response = yield* Effect.promise(() =>
        claude.fetch("https://api.anthropic.com/v1/messages", {
          method: "POST",
          headers: { "anthropic-version": "2023-06-01" },
          body: JSON.stringify({ ...message, stream: true })
        })
      )
      const reader = response.body?.getReader()
      yield* Effect.promise(async () => reader?.read())
      assert.isFalse(signal?.aborted)
      yield* Effect.promise(async () => reader?.cancel())
      assert.isTrue(signal?.aborted)
    })
  )

  it.scopedLive("passes other requests on as they are", () =>
    Effect.gen(function* () {
      const provider = TestAnthropic.fetch({ "key-a": [Script.ok()] })
      const claude = yield* claudeOf({ keys: { a: "key-a" }, fetch: provider })
      const client = new Anthropic({ apiKey: "clawdbot", fetch: claude.fetch, maxRetries: 0 })
      const models = yield* Effect.promise(() => client.models.list())
      assert.isAbove(models.data.length, 0)
    })
  )
})
