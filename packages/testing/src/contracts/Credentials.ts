/**
 * What every layer of `Credentials` does, for the tests of one of your own: over a secret store of
 * a company, or a twin. The layers of `@clawdbot/node` and `TestCredentials` are held to the same.
 * Needs `@effect/vitest`.
 *
 * @since 0.1.0
 */
import type { Credential } from "@clawdbot/domain/Credential"
import { type Answer, Credentials, type StreamedAnswer } from "@clawdbot/domain/Credentials"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * Makes the layer for a person with API keys, which are used in the order of their names.
 *
 * @since 0.1.0
 * @category models
 */
export type MakeLayer<E> = (
  keys: Readonly<Record<string, string>>
) => Effect.Effect<Layer.Layer<Credentials, E>, E, Scope.Scope>

const model = "claude-opus-4-5"
const two = { a: "key-a", b: "key-b" }

const envelope = (type: string): string =>
  JSON.stringify({ type: "error", error: { type, message: "no" } })
const answers = {
  good: { status: 200, headers: {}, text: "{}" },
  limited: { status: 429, headers: { "retry-after": "120" }, text: envelope("rate_limit_error") },
  bad: { status: 400, headers: {}, text: envelope("invalid_request_error") }
} satisfies Record<string, Answer>

/** Answers by secret, a good one where there is none; `sent` gets who was asked. */
const sending =
  (script: Readonly<Record<string, Answer>>, sent: Array<string> = []) =>
  ({ profile, secret }: Credential): Effect.Effect<Answer> =>
    Effect.sync(() => {
      sent.push(profile)
      return script[Redacted.value(secret)] ?? answers.good
    })

const event = (type: string): string => `event: ${type}\ndata: {"type":"${type}"}\n\n`
const start = event("message_start")
const content = event("content_block_start")
const stop = event("message_stop")

const streaming =
  (script: Readonly<Record<string, ReadonlyArray<string>>>) =>
  ({ secret }: Credential): Effect.Effect<StreamedAnswer<never>> =>
    Effect.sync(() => {
      const texts = script[Redacted.value(secret)] ?? [start, content, stop]
      const encoder = new TextEncoder()
      const bytes = Stream.map(Stream.fromIterable(texts), (text) => encoder.encode(text))
      return { status: 200, headers: { "content-type": "text/event-stream" }, bytes }
    })

const textOf = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.mkString(Stream.decodeText(bytes))

/**
 * The suite, as tests of Vitest. `name` says whose it is.
 *
 * @since 0.1.0
 * @category contracts
 * @example
 * import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
 * import { credentialsContract } from "@clawdbot/testing/contracts/Credentials"
 * import { Effect, Record, Redacted } from "effect"
 *
 * credentialsContract("keys of a program", (keys) =>
 *   Effect.succeed(MachineCredentials.layerKeys(Record.map(keys, Redacted.make)))
 * )
 */
export const credentialsContract = <E>(name: string, make: MakeLayer<E>): void => {
  const check = <A, E2>(
    what: string,
    test: Effect.Effect<A, E2, Credentials | Scope.Scope>,
    keys: Readonly<Record<string, string>> = two
  ): void =>
    it.scopedLive(what, () => Effect.flatMap(make(keys), (layer) => Effect.provide(test, layer)))

  describe(`Credentials: ${name}`, () => {
    check(
      "gives the credential that a request is sent with",
      Effect.gen(function* () {
        const { get } = yield* Credentials
        const { baseUrl, expiresAt, headers, kind, profile, secret } = yield* get({ model })
        assert.deepStrictEqual(
          { profile, kind, expiresAt, secret: Redacted.value(secret) },
          { profile: "a", kind: "api_key", expiresAt: undefined, secret: "key-a" }
        )
        assert.match(baseUrl, /^https?:\/\/[^/]+(\/.*[^/])?$/)
        const sent = headers({ "anthropic-beta": "one-2025-01-01" })
        assert.strictEqual(Redacted.value(sent["x-api-key"] ?? secret), "key-a")
        const { "anthropic-beta": betas = Redacted.make("") } = sent
        assert.include(Redacted.value(betas), "one-2025-01-01")
        assert.notInclude(String(secret), "key-a")
      })
    )

    check(
      "goes on to the next one after a limit, and says until when the first cools down",
      Effect.gen(function* () {
        const { explain, use } = yield* Credentials
        const sent: Array<string> = []
        const send = sending({ "key-a": answers.limited }, sent)
        assert.strictEqual((yield* use({ model }, send)).answeredBy, "b")
        assert.strictEqual((yield* use({ model }, send)).answeredBy, "b")
        assert.deepStrictEqual(sent, ["a", "b", "b"])
        const { candidates, chosen } = yield* explain({ model })
        assert.strictEqual(chosen, "b")
        const cooling = candidates.find(({ profile }) => profile === "a")
        const now = yield* Clock.currentTimeMillis
        assert.isAbove(cooling?.obstacles[0]?.until ?? 0, now)
      })
    )

    check(
      "takes a report of whoever sends by himself",
      Effect.gen(function* () {
        const { get } = yield* Credentials
        const { headers, status, text } = answers.limited
        const first = yield* get({ model })
        assert.strictEqual(yield* first.report({ status, headers, body: text }), "try-next")
        const second = yield* get({ model })
        assert.strictEqual(second.profile, "b")
        assert.strictEqual(yield* second.report({ status: 200, headers: {} }), "ok")
        const bad = { status: 400, headers: {}, body: answers.bad.text }
        assert.strictEqual(yield* second.report(bad), "give-up")
      })
    )

    check(
      "gives an answer that no other credential could better as an error, and asks nobody else",
      Effect.gen(function* () {
        const { use } = yield* Credentials
        const sent: Array<string> = []
        const send = sending({ "key-a": answers.bad }, sent)
        const error = yield* Effect.flip(use({ model }, send))
        assert.strictEqual(error._tag, "ProviderRefused")
        assert.deepInclude(error, { status: 400, body: answers.bad.text, profile: "a" })
        assert.strictEqual(error.explanation.candidates.length, 2)
        assert.deepStrictEqual(sent, ["a"])
      })
    )

    check(
      "says when the first of them comes back where all cool down",
      Effect.gen(function* () {
        const { use } = yield* Credentials
        const send = sending({ "key-a": answers.limited, "key-b": answers.limited })
        const error = yield* Effect.flip(use({ model }, send))
        assert(error._tag === "AllInCooldown")
        assert.isAbove(error.retryAt, yield* Clock.currentTimeMillis)
      })
    )

    check(
      "says that nothing is configured",
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Credentials).get({ model }))
        assert(error._tag === "NoCredentials")
        assert.strictEqual(error.reason, "nothing-configured")
      }),
      {}
    )

    check(
      "sends with the profile that is named alone",
      Effect.gen(function* () {
        const { use } = yield* Credentials
        const sent: Array<string> = []
        const request = { model, profile: "b" }
        yield* Effect.flip(use(request, sending({ "key-b": answers.limited }, sent)))
        assert.deepStrictEqual(sent, ["b"])
      })
    )

    check(
      "ends with an error of whoever sends, which says nothing of the credential",
      Effect.gen(function* () {
        const { explain, use } = yield* Credentials
        const error = yield* Effect.flip(use({ model }, () => Effect.fail("offline" as const)))
        assert.strictEqual(error, "offline")
        const { candidates } = yield* explain({ model })
        assert.deepStrictEqual(
          candidates.map(({ state }) => state),
          ["ready", "ready"]
        )
      })
    )

    check(
      "streams, and goes on to the next one while nothing of worth has come",
      Effect.gen(function* () {
        const { open } = yield* Credentials
        const overload = `event: error\ndata: ${envelope("overloaded_error")}\n\n`
        const opened = yield* open({ model }, streaming({ "key-a": [start, overload] }))
        assert.strictEqual(opened.answeredBy, "b")
        assert.strictEqual(yield* textOf(opened.bytes), start + content + stop)
      })
    )

    check(
      "hands on what came of a stream that breaks off, and fails then",
      Effect.gen(function* () {
        const { useStream } = yield* Credentials
        const seen: Array<string> = []
        const bytes = useStream({ model }, streaming({ "key-a": [start, content] }))
        const error = yield* Stream.decodeText(bytes).pipe(
          Stream.runForEach((text) => Effect.sync(() => seen.push(text))),
          Effect.flip
        )
        assert(error._tag === "AnswerBroken")
        assert.strictEqual(error.reason, "incomplete")
        assert.strictEqual(seen.join(""), start + content)
      })
    )

    check(
      "gives the present explanation, and a new one after a limit",
      Effect.gen(function* () {
        const { changes, use } = yield* Credentials
        const first = yield* Stream.runHead(changes)
        assert.strictEqual(first._tag, "Some")
        const next = yield* Effect.fork(
          Stream.runHead(Stream.filter(changes, ({ chosen }) => chosen === "b"))
        )
        yield* Effect.yieldNow()
        yield* use({ model }, sending({ "key-a": answers.limited }))
        assert.strictEqual((yield* next)._tag, "Some")
      })
    )
  })
}
