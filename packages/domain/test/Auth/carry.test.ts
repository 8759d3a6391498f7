/** A request on its way through a client library, over keys that a program brings itself. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import {
  type CarriedAnswer,
  type CarriedRequest,
  carry,
  carryDetached,
  type SentRequest
} from "../../src/Auth/carry.ts"
import * as KeyCredentials from "../../src/Auth/keyCredentials.ts"
import { Credentials, type StreamedAnswer } from "../../src/Credentials.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)
const answer = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {}
): StreamedAnswer<never> => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  bytes: Stream.make(bytesOf(text))
})
const envelope = (type: string, message: string) =>
  JSON.stringify({ type: "error", error: { type, message } })

const request: CarriedRequest = {
  method: "POST",
  url: "https://anywhere.example/base/v1/files?a=1#part",
  headers: { "x-api-key": "client", "anthropic-beta": "one", host: "anywhere.example", own: "1" },
  body: new Uint8Array()
}

const two = { a: Redacted.make("key a"), b: Redacted.make("key b") }
const keys = (given: KeyCredentials.Keys = two) =>
  KeyCredentials.layer(given, { baseUrl: "https://proxy.example/team" })

type Send = (sent: SentRequest) => Effect.Effect<StreamedAnswer<unknown>, unknown>

const textOf = (bytes: Stream.Stream<Uint8Array, unknown>) =>
  Stream.runFold(Stream.decodeText(bytes), "", (text, more) => text + more)

/** Carries a request; what was sent, and the answer with its text. */
const carried = (send: Send, asked: CarriedRequest = request) =>
  Effect.gen(function* () {
    const sent: Array<SentRequest> = []
    const noted: Send = (one) =>
      Effect.zipRight(
        Effect.sync(() => sent.push(one)),
        send(one)
      )
    const found: CarriedAnswer = yield* carry(yield* Credentials, asked, {}, noted)
    return { sent, status: found.status, headers: found.headers, text: yield* textOf(found.bytes) }
  }).pipe(Effect.scoped)

const errorOf = (text: string) => {
  const { error, request_id: id } = JSON.parse(text)
  return { type: error.type, message: error.message, code: error.details?.error_code, id }
}

describe("a request that is carried", () => {
  it.effect("goes to the credential's own address, with its headers and without the client's", () =>
    Effect.gen(function* () {
      const { sent } = yield* carried(() => Effect.succeed(answer(200, "{}")))
      const [one] = sent
      assert.deepInclude(one, {
        method: "POST",
        url: "https://proxy.example/team/v1/files?a=1",
        body: undefined
      })
      const { "anthropic-beta": betas, ...headers } = one?.headers ?? {}
      assert.isTrue(betas?.startsWith("one,"), betas)
      assert.deepStrictEqual(headers, {
        "x-api-key": "key a",
        "accept-encoding": "identity",
        own: "1"
      })
    }).pipe(Effect.provide(keys()))
  )

  it.effect("keeps its body byte for byte, and a path that is not of the API", () =>
    Effect.gen(function* () {
      const body = bytesOf('{"model":"claude-opus-4-5"}')
      const url = "/other?x#y"
      const { sent } = yield* carried(() => Effect.succeed(answer(200, "{}")), {
        ...request,
        body,
        url
      })
      assert.strictEqual(sent[0]?.body, body)
      assert.strictEqual(sent[0]?.url, "https://proxy.example/team/other?x")
    }).pipe(Effect.provide(keys()))
  )

  it.effect("is about the model that its body names: its limits are not those of others", () =>
    Effect.gen(function* () {
      const messages = (model: string): CarriedRequest => ({
        ...request,
        url: "https://anywhere.example/v1/messages",
        body: bytesOf(JSON.stringify({ model, messages: [] }))
      })
      const limited = answer(429, envelope("rate_limit_error", "no"), { "retry-after": "120" })
      const send: Send = ({ headers }) =>
        Effect.succeed(headers["x-api-key"] === "key a" ? limited : answer(200, "{}"))
      const first = yield* carried(send, messages("claude-opus-4-5"))
      assert.strictEqual(first.sent.length, 2)
      const again = yield* carried(send, messages("claude-opus-4-5"))
      assert.strictEqual(again.sent.length, 1)
      const other = yield* carried(send, messages("claude-sonnet-4-5"))
      assert.strictEqual(other.sent.length, 2)
    }).pipe(Effect.provide(keys()))
  )
})

describe("what comes back", () => {
  it.effect("is the answer as it came, without headers of the connection", () =>
    Effect.gen(function* () {
      const headers = { "request-id": "req_1", connection: "close", "content-length": "2" }
      const found = yield* carried(() => Effect.succeed(answer(200, "{}", headers)))
      assert.deepInclude(found, {
        status: 200,
        text: "{}",
        headers: { "content-type": "application/json", "request-id": "req_1" }
      })
    }).pipe(Effect.provide(keys()))
  )

  it.effect("is the provider's refusal where no other credential can better it", () =>
    Effect.gen(function* () {
      const text = envelope("invalid_request_error", "max_tokens is required")
      const headers = { "request-id": "req_1", "content-length": "9" }
      const found = yield* carried(() => Effect.succeed(answer(400, text, headers)))
      assert.deepInclude(found, { status: 400, text })
      assert.notProperty(found.headers, "content-length")
      assert.propertyVal(found.headers, "request-id", "req_1")
      assert.strictEqual(found.sent.length, 1)
    }).pipe(Effect.provide(keys()))
  )

  it.effect("is our own answer with an id of its own where there is no credential", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* carried(() => Effect.succeed(answer(200, "{}")))
      assert.strictEqual(status, 401)
      const { code, id, message, type } = errorOf(text)
      assert.deepStrictEqual([type, code], ["authentication_error", "NoApiKey"])
      assert.include(message, "Give the program a key.")
      assert.match(id, /^clawdbot_[0-9a-f]{24}$/)
      assert.strictEqual(headers["request-id"], id)
    }).pipe(Effect.provide(keys({})))
  )

  it.effect("is a 502 in the provider's form where no response came", () =>
    Effect.gen(function* () {
      const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" })
      const { status, text } = yield* carried(() => Effect.fail(reset))
      assert.strictEqual(status, 502)
      const { code, id, type } = errorOf(text)
      assert.deepStrictEqual([type, code], ["api_error", "UpstreamUnavailable"])
      assert.match(id, /^clawdbot_[0-9a-f]{24}$/)
    }).pipe(Effect.provide(keys()))
  )
})

describe("an answer that outlives the effect it came from", () => {
  const closing = (status: number, text = "") =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const send = () =>
        Effect.as(
          Effect.addFinalizer(() => Effect.sync(() => log.push("closed"))),
          answer(status, text)
        )
      const found = yield* carryDetached(yield* Credentials, request, {}, send)
      return { found, log }
    })

  it.effect("holds its request until its last byte", () =>
    Effect.gen(function* () {
      const { found, log } = yield* closing(200, "{}")
      assert.deepStrictEqual(log, [])
      assert.strictEqual(yield* textOf(found.bytes ?? Stream.empty), "{}")
      assert.deepStrictEqual(log, ["closed"])
    }).pipe(Effect.provide(keys()))
  )

  it.effect("gives its request up when it is closed", () =>
    Effect.gen(function* () {
      const { found, log } = yield* closing(200, "{}")
      yield* found.close
      assert.deepStrictEqual(log, ["closed"])
    }).pipe(Effect.provide(keys()))
  )

  for (const status of [204, 205])
    it.effect(`has no body where its status has none: ${status}`, () =>
      Effect.gen(function* () {
        const { found, log } = yield* closing(status)
        assert.deepStrictEqual([found.status, found.bytes], [status, undefined])
        assert.deepStrictEqual(log, ["closed"])
      }).pipe(Effect.provide(keys()))
    )
})
