/** The package as clients of the provider use it, against a provider without a socket. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
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

const url = "https://api.anthropic.com/v1/messages"
const asked = { method: "POST", headers: { "anthropic-version": "2023-06-01" } }

/** A provider that refuses every request with so many pieces. */
const answerOf =
  (piece: () => Uint8Array, pieces: number): typeof fetch =>
  async () => {
    let left = pieces
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          left -= 1
          if (left < 0) controller.close()
          else controller.enqueue(piece())
        }
      },
      { highWaterMark: 0 }
    )
    return new Response(body, { status: 400, headers: { "request-id": "req_1" } })
  }

/** Everything that nobody holds is gone afterwards. */
const collectGarbage = Effect.promise(async () => {
  setFlagsFromString("--expose-gc")
  const collect: () => void = runInNewContext("gc")
  // What is weakly held stays until the end of the present turn.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
})

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

  it.scopedLive("ends an answer that has begun with the reason of whoever gives it up", () =>
    Effect.gen(function* () {
      const stalled: TestAnthropic.Step = { _tag: "BrokenStream", afterEvents: 5, how: "stall" }
      const provider = TestAnthropic.fetch({ "key-a": [stalled] })
      const claude = yield* claudeOf({ keys: { a: "key-a" }, fetch: provider })
      const controller = new AbortController()
      const { signal } = controller
      const body = JSON.stringify({ ...message, stream: true })
      const response = yield* Effect.promise(() => claude.fetch(url, { ...asked, body, signal }))
      const reading = response.text()
      controller.abort(new Error("no more"))
      const error = yield* Effect.flip(Effect.tryPromise(() => reading))
      assert.include(String(error.error), "no more")
    })
  )

  it.scopedLive("rejects where a request is none, and throws nothing", () =>
    Effect.gen(function* () {
      const claude = yield* claudeOf({ keys })
      const answered = [
        claude.fetch("not an address"),
        claude.middleware({ url: "not an address" }, async () => new Response())
      ]
      for (const answer of answered) {
        const error = yield* Effect.flip(Effect.tryPromise(() => answer))
        assert.instanceOf(error.error, TypeError)
      }
    })
  )

  it.scopedLive("gives a refusal on byte for byte, also where it is no text", () =>
    Effect.gen(function* () {
      const bytes = Uint8Array.of(0xff, 0xfe, 0, 0x80)
      const claude = yield* claudeOf({ keys, fetch: answerOf(() => bytes, 1) })
      const response = yield* Effect.promise(() => claude.fetch(url))
      assert.strictEqual(response.status, 400)
      assert.deepStrictEqual(
        new Uint8Array(yield* Effect.promise(() => response.arrayBuffer())),
        bytes
      )
    })
  )

  it.scopedLive("does not keep a refusal that is larger than one of the provider's", () =>
    Effect.gen(function* () {
      const given: Array<WeakRef<Uint8Array>> = []
      const pieces = 16
      const piece = () => {
        const bytes = new Uint8Array(512 * 1024)
        given.push(new WeakRef(bytes))
        return bytes
      }
      const claude = yield* claudeOf({ keys, fetch: answerOf(piece, pieces) })
      const response = yield* Effect.promise(() => claude.fetch(url))
      const reader = response.body?.getReader()
      let length = 0
      // Not to the end: then everything is let go of anyhow.
      while (length < (pieces - 2) * 512 * 1024)
        length += yield* Effect.promise(async () => (await reader?.read())?.value?.length ?? 0)
      yield* collectGarbage
      const held = given.filter((bytes) => bytes.deref() !== undefined).length
      assert.isAtMost(held, 4)
      yield* Effect.promise(async () => reader?.cancel())
    })
  )

  it.scopedLive("hands on an answer of a status without a body", () =>
    Effect.gen(function* () {
      const headers = { "request-id": "req_1" }
      for (const status of [204, 205, 304]) {
        const fetch = async () => new Response(null, { status, headers })
        const claude = yield* claudeOf({ keys, fetch })
        const response = yield* Effect.promise(() => claude.fetch(url))
        assert.strictEqual(response.status, status)
        assert.isNull(response.body)
      }
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

describe("make", () => {
  it.scopedLive("listens once for the end of the program, however many there are", () =>
    Effect.gen(function* () {
      const before = process.listenerCount("beforeExit")
      for (let count = 0; count < 12; count++) yield* claudeOf({ keys })
      assert.isAtMost(process.listenerCount("beforeExit"), before + 1)
    })
  )

  it.scopedLive("says so where it is used after its end", () =>
    Effect.gen(function* () {
      const claude = yield* Effect.promise(() => make({ keys }))
      yield* Effect.promise(() => claude[Symbol.asyncDispose]())
      const uses: ReadonlyArray<() => Promise<unknown>> = [
        () => claude.fetch(url),
        claude.explain,
        claude.accessToken
      ]
      for (const use of uses) {
        const error = yield* Effect.flip(Effect.tryPromise(() => use()))
        assert.include(String(error.error), "these credentials were disposed of")
      }
    })
  )
})

describe("keys of a program", () => {
  const said = (options: Options) =>
    Effect.gen(function* () {
      const claude = yield* claudeOf(options)
      const body = JSON.stringify(message)
      const response = yield* Effect.promise(() => claude.fetch(url, { ...asked, body }))
      const text = yield* Effect.promise(() => response.text())
      assert.notInclude(text, "clawdbot models")
      assert.notInclude(text, "clawdbot onboard")
      assert.notInclude(text, "clawdbot config")
      return `${response.status} ${text}`
    })

  it.scopedLive("that are not set are named, and another one answers", () =>
    Effect.gen(function* () {
      const fetch = TestAnthropic.fetch({ "key-b": ["ok"] })
      const none = yield* said({ keys: { a: undefined, b: "" }, fetch })
      assert.match(none, /^401 .*\\"a\\" \(no secret\), \\"b\\" \(no secret\)/)
      assert.include(none, "Check the keys that the program gives, and their order.")
      assert.match(yield* said({ keys: { a: undefined, b: "key-b" }, fetch }), /^200 /)
    })
  )

  it.scopedLive("are named where an order knows only others", () =>
    Effect.gen(function* () {
      const text = yield* said({ keys, order: ["c"] })
      assert.include(text, '\\"c\\" (not in the store)')
      assert.include(text, '\\"a\\" (not in the order)')
    })
  )

  it.scopedLive("have no commands that cure them", () =>
    Effect.gen(function* () {
      const one = (step: TestAnthropic.Step): Options => ({
        keys,
        fetch: TestAnthropic.fetch({ "key-a": [step], "key-b": [step] })
      })
      assert.match(yield* said(one(limited)), /^429 .* possible in \d+ s\."/)
      assert.match(
        yield* said(one({ status: 401 })),
        /^401 .*Give the program keys that the provider accepts\."/
      )
      assert.match(yield* said({ keys: {} }), /^401 .*Give the program a key\."/)
      const token = `sk-ant-oat01-${"t".repeat(95)}`
      const beside = { keys: { t: token, k: "key-k" } }
      const fetch = TestAnthropic.fetch({ [token]: [limited], "key-k": ["ok"] })
      assert.match(yield* said({ ...beside, fetch, payAsYouGoFallback: true }), /^200 /)
    })
  )

  it.scopedLive("name the option that is wrong", () =>
    Effect.gen(function* () {
      const text = yield* said({ keys, baseUrl: "nonsense" })
      assert.match(text, /^500 .*"baseUrl must be an absolute URL/)
    })
  )
})
