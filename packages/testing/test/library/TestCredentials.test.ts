/** A service's own CI: the person and the provider in memory, on the test's clock. */
import { Credentials } from "@clawdbot/domain/Credentials"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as TestAnthropic from "@clawdbot/testing/TestAnthropic"
import * as TestCredentials from "@clawdbot/testing/TestCredentials"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const model = "claude-opus-4-5"
const limited = { status: 429, headers: { "retry-after": "120" } }

const plain = (headers: Readonly<Record<string, Redacted.Redacted>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)]))

const body = (stream: boolean) => ({ model, max_tokens: 9, stream, messages: [] })

/** A service that asks Claude, as one would write it. */
const ask = Effect.flatMap(Credentials, ({ use }) =>
  use({ model }, ({ baseUrl, headers }) =>
    HttpClient.post(`${baseUrl}/v1/messages`, {
      headers: { "anthropic-version": "2023-06-01", ...plain(headers()) },
      body: HttpBody.unsafeJson(body(false))
    }).pipe(
      Effect.flatMap((response) =>
        Effect.map(response.text, (text) => ({
          status: response.status,
          headers: response.headers,
          text
        }))
      )
    )
  )
)

const streamed = Stream.unwrap(
  Effect.map(Credentials, ({ useStream }) =>
    useStream({ model }, ({ baseUrl, headers }) =>
      HttpClient.post(`${baseUrl}/v1/messages`, {
        headers: { "anthropic-version": "2023-06-01", ...plain(headers()) },
        body: HttpBody.unsafeJson(body(true))
      }).pipe(
        Effect.map((response) => ({
          status: response.status,
          headers: response.headers,
          bytes: response.stream
        }))
      )
    )
  )
)

const twoKeys = { keys: { a: "key-a", b: "key-b" } }
const world = (person: TestCredentials.Person, scripts: TestAnthropic.Scripts) =>
  Layer.mergeAll(TestCredentials.layer(person), TestAnthropic.layer(scripts))

describe("a service's CI", () => {
  it.effect("sees a limit, the failover and its end, by the test's clock", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* ask).answeredBy, "b")
      const { explain } = yield* Credentials
      const { nextAt = 0 } = yield* explain({ model })
      assert.isAtLeast(nextAt, 120_000)
      yield* TestClock.setTime(nextAt)
      assert.strictEqual((yield* ask).answeredBy, "a")
    }).pipe(Effect.provide(world(twoKeys, { "key-a": [limited, "ok"], "key-b": ["ok"] })))
  )

  it.effect("gives the same times in five runs, to the millisecond", () =>
    Effect.gen(function* () {
      const nextAt = (seed?: string) =>
        Effect.gen(function* () {
          yield* ask
          return (yield* (yield* Credentials).explain({ model })).nextAt
        }).pipe(
          Effect.provide(world({ ...twoKeys, seed }, { "key-a": [limited], "key-b": ["ok"] }))
        )
      const runs = yield* Effect.all(Array.from({ length: 5 }, () => nextAt()))
      assert.strictEqual(new Set(runs).size, 1)
      assert.isAbove(runs[0] ?? 0, 120_000)
      assert.notStrictEqual(yield* nextAt("another"), runs[0])
      const runtime = ManagedRuntime.make(
        world(twoKeys, { "key-a": [limited], "key-b": ["ok"] }).pipe(
          Layer.provideMerge(Layer.setClock(yield* Effect.clock))
        )
      )
      const managed = Effect.zipRight(
        ask,
        Effect.flatMap(Credentials, ({ explain }) => explain({ model }))
      )
      const explained = yield* Effect.promise(() => runtime.runPromise(managed))
      assert.strictEqual(explained.nextAt, runs[0])
    })
  )

  it.effect("refreshes a login when its token ends, and is told when it was revoked", () =>
    Effect.gen(function* () {
      const logins = yield* TestCredentials.TestLogins
      assert.strictEqual((yield* ask).answeredBy, "me")
      assert.strictEqual(yield* logins.grants, 0)
      yield* TestClock.adjust("9 hours")
      assert.strictEqual((yield* ask).answeredBy, "me")
      assert.strictEqual(yield* logins.grants, 1)
      yield* logins.revoke("me")
      yield* TestClock.adjust("9 hours")
      const error = yield* Effect.flip(ask)
      assert.strictEqual(error._tag, "LoginEnded")
    }).pipe(Effect.provide(world({ logins: ["me"] }, { me: ["ok"] })))
  )

  it.effect("streams, and meets what goes wrong in the middle of one", () =>
    Effect.gen(function* () {
      const text = yield* Stream.mkString(Stream.decodeText(streamed))
      assert.include(text, "message_stop")
      const error = yield* Effect.flip(Stream.runDrain(streamed))
      assert.strictEqual(error._tag, "AnswerBroken")
    }).pipe(
      Effect.provide(
        world(
          { keys: { a: "key-a" } },
          { "key-a": ["ok", { _tag: "BrokenStream", afterEvents: 5, how: "end" }] }
        )
      )
    )
  )

  it.effect("is as strict as the provider", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask)
      assert.deepInclude(error, { _tag: "ProviderRefused", status: 401 })
    }).pipe(Effect.provide(world({ keys: { a: "another" } }, { "key-a": ["ok"] })))
  )

  it.effect("a misspelt person or step does not compile", () =>
    Effect.sync(() => {
      // @ts-expect-error: there is no such field
      TestCredentials.layer({ key: { a: "key-a" } })
      // @ts-expect-error: there is no such step
      TestAnthropic.layer({ "key-a": ["okay"] })
    })
  )
})

describe("fetch", () => {
  const post = (fetch: typeof globalThis.fetch, stream: boolean) =>
    Effect.promise(() =>
      fetch("https://api.anthropic.com/v1/messages", {
        method: "POST",
        headers: { "x-api-key": "key-a", "anthropic-version": "2023-06-01" },
        body: JSON.stringify(body(stream))
      }).then(async (response) => ({ status: response.status, text: await response.text() }))
    )

  it.live("answers as the layer does, without a socket", () =>
    Effect.gen(function* () {
      const fetch = TestAnthropic.fetch({ "key-a": [limited, "ok", Script.overloaded] })
      assert.strictEqual((yield* post(fetch, false)).status, 429)
      const { status, text } = yield* post(fetch, true)
      assert.strictEqual(status, 200)
      assert.match(text, /^event: message_start\n/)
      assert.strictEqual((yield* post(fetch, false)).status, 529)
    })
  )

  it.live("ends an answer with the reason of whoever gives it up, as a real one does", () =>
    Effect.gen(function* () {
      const stalled: TestAnthropic.Step = { _tag: "BrokenStream", afterEvents: 5, how: "stall" }
      const fetch = TestAnthropic.fetch({ "key-a": [stalled] })
      const controller = new AbortController()
      const response = yield* Effect.promise(() =>
        fetch("https://api.anthropic.com/v1/messages", {
          method: "POST",
          headers: { "x-api-key": "key-a", "anthropic-version": "2023-06-01" },
          body: JSON.stringify(body(true)),
          signal: controller.signal
        })
      )
      const reading = response.text()
      controller.abort(new Error("no more"))
      const error = yield* Effect.flip(Effect.tryPromise(() => reading))
      assert.include(String(error.error), "no more")
    })
  )
})
