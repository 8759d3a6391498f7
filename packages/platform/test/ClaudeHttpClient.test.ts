/** The client as a service composes it, on the test's clock. */
import * as TestAnthropic from "@clawdbot/testing/TestAnthropic"
import * as TestCredentials from "@clawdbot/testing/TestCredentials"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as ClaudeHttpClient from "../src/ClaudeHttpClient.ts"

const limited = { status: 429, headers: { "retry-after": "120" } }

const world = (person: TestCredentials.Person, scripts: TestAnthropic.Scripts) =>
  ClaudeHttpClient.layer().pipe(
    Layer.provide([TestCredentials.layer(person), TestAnthropic.layer(scripts)])
  )

const post = (stream: boolean) =>
  HttpClient.post("https://elsewhere.example/base/v1/messages?beta=true", {
    headers: { "anthropic-version": "2023-06-01", "x-api-key": "the-client's-own" },
    body: HttpBody.unsafeJson({ model: "claude-opus-4-5", max_tokens: 9, stream, messages: [] })
  })

const twoKeys = { keys: { a: "key-a", b: "key-b" } }

describe("ClaudeHttpClient", () => {
  it.effect("fails over, and goes back to the first when its limit is over", () =>
    Effect.gen(function* () {
      const first = yield* post(false)
      assert.strictEqual(first.status, 200)
      assert.include(yield* first.text, '"type":"message"')
    }).pipe(Effect.provide(world(twoKeys, { "key-a": [limited], "key-b": ["ok"] })))
  )

  it.effect("answers as the provider does where every credential is cooling down", () =>
    Effect.gen(function* () {
      const scripts = { "key-a": [limited], "key-b": [limited] }
      yield* Effect.gen(function* () {
        yield* post(false)
        const { headers, status } = yield* post(false)
        assert.strictEqual(status, 429)
        assert.isAtLeast(Number(headers["retry-after"]), 120)
        assert.strictEqual(headers["x-should-retry"], "false")
      }).pipe(Effect.provide(world(twoKeys, scripts)))
    })
  )

  it.effect("streams with pauses by the test's clock", () =>
    Effect.gen(function* () {
      const slow: TestAnthropic.Step = { _tag: "Ok", gapMs: 60_000 }
      yield* Effect.gen(function* () {
        const reading = yield* Effect.fork(
          Effect.flatMap(post(true), ({ stream }) => Stream.mkString(Stream.decodeText(stream)))
        )
        yield* TestClock.adjust("1 hour")
        assert.include(yield* reading, "message_stop")
      }).pipe(Effect.provide(world({ logins: ["me"] }, { me: [slow] })))
    })
  )

  it.effect("sends no credential but its own, to the provider's address alone", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [string, Readonly<Record<string, string>>]> = []
      const watching = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(
          HttpClient.HttpClient,
          HttpClient.tapRequest(({ headers, url }) => Effect.sync(() => seen.push([url, headers])))
        )
      ).pipe(Layer.provide(TestAnthropic.layer({ "key-a": ["ok"] })))
      const client = ClaudeHttpClient.layer().pipe(
        Layer.provide([TestCredentials.layer({ keys: { a: "key-a" } }), watching])
      )
      yield* Effect.provide(post(false), client)
      const [[url, headers] = ["", {}]] = seen
      assert.strictEqual(url, "https://api.anthropic.com/v1/messages?beta=true")
      assert.strictEqual(headers["x-api-key"], "key-a")
      assert.strictEqual(headers["accept-encoding"], "identity")
    })
  )
})
