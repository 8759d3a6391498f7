/** The public service, over everything in memory. */
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { Explanation } from "../src/Auth/Explanation.ts"
import * as MakeCredentials from "../src/Auth/makeCredentials.ts"
import type { Credential } from "../src/Credential.ts"
import { toResponse } from "../src/CredentialError.ts"
import { type Answer, Credentials, type StreamedAnswer } from "../src/Credentials.ts"

const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
const login = (profile: string, access: string, refresh: string, expires: number) => ({
  [profile]: { type: "oauth", provider: "anthropic", access, refresh, expires }
})
const two = { a: key("key-a"), b: key("key-b") }

const world = (profiles: unknown, config?: string) => {
  const belongings = { stores: { main: { profiles } } }
  const memory = CredentialsMemory.layer(
    config === undefined ? belongings : { ...belongings, config }
  )
  return Layer.provideMerge(MakeCredentials.layer, memory)
}

const model = "claude-opus-4-5"
const answer = (status: number, text = "{}", headers = {}): Answer => ({ status, text, headers })
const envelope = (type: string, message: string) =>
  JSON.stringify({ type: "error", error: { type, message } })
const limited = answer(429, envelope("rate_limit_error", "limited"), { "retry-after": "120" })

/** Answers by secret; every other one is good. */
const sending =
  (script: Readonly<Record<string, Answer>>, sent: Array<string> = []) =>
  ({ profile, secret }: Credential) =>
    Effect.sync(() => {
      sent.push(profile)
      return script[Redacted.value(secret)] ?? answer(200, `"${profile}"`)
    })

describe("use", () => {
  it.effect("goes on to the next credential, and a later request knows of the limit", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const sent: Array<string> = []
      const send = sending({ "key-a": limited }, sent)
      const first = yield* credentials.use({ model }, send)
      assert.deepInclude(first, { status: 200, text: '"b"', answeredBy: "b" })
      yield* credentials.use({ model }, send)
      assert.deepStrictEqual(sent, ["a", "b", "b"])
      const { candidates, chosen } = yield* credentials.explain({ model })
      assert.strictEqual(chosen, "b")
      assert.strictEqual(candidates.find(({ profile }) => profile === "a")?.state, "cooling")
    }).pipe(Effect.provide(world(two)))
  )

  for (const [what, status, type, failureClass, state] of [
    ["a bad request", 400, "invalid_request_error", "format", "ready"],
    ["an overload", 529, "overloaded_error", "overloaded", "ready"],
    ["a limit", 429, "rate_limit_error", "rate_limit", "half-open"]
  ] as const)
    it.effect(`fails with the provider's own answer to ${what}`, () =>
      Effect.gen(function* () {
        const credentials = yield* Credentials
        const refusal = answer(status, envelope(type, "no"), { "request-id": "req_1" })
        const error = yield* Effect.flip(credentials.use({ model }, sending({ "key-a": refusal })))
        assert.strictEqual(error._tag, "ProviderRefused")
        assert.deepInclude(error, { status, class: failureClass, body: refusal.text })
        assert.deepInclude(error, { headers: { "request-id": "req_1" }, profile: "a" })
        const [candidate] = error.explanation.candidates
        assert.strictEqual(candidate?.profile, "a")
        assert.strictEqual(candidate?.state, state)
      }).pipe(Effect.provide(world({ a: key("key-a") })))
    )

  it.effect("ends with an error of its caller's at once, and says nothing of the credential", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const sent: Array<string> = []
      const send = ({ profile }: Credential) => {
        sent.push(profile)
        return Effect.fail("not my day" as const)
      }
      assert.strictEqual(yield* Effect.flip(credentials.use({ model }, send)), "not my day")
      assert.deepStrictEqual(sent, ["a"])
      const { candidates } = yield* credentials.explain({ model })
      assert.deepStrictEqual(
        candidates.map(({ state }) => state),
        ["ready", "ready"]
      )
    }).pipe(Effect.provide(world(two)))
  )

  it.effect("gives a trial back that ended with an error of its caller's", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const guessed = answer(429, envelope("rate_limit_error", "limited"), { "request-id": "r" })
      yield* Effect.flip(credentials.use({ model }, sending({ "key-a": guessed })))
      yield* TestClock.adjust("2 seconds")
      const failing = () => Effect.fail("offline" as const)
      assert.strictEqual(yield* Effect.flip(credentials.use({ model }, failing)), "offline")
      yield* TestClock.adjust("1 second")
      const { answeredBy } = yield* credentials.use({ model }, sending({}))
      assert.strictEqual(answeredBy, "a")
    }).pipe(Effect.provide(world({ a: key("key-a") })))
  )

  it.effect("fails with the time of the first credential to come back", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const send = sending({ "key-a": limited, "key-b": limited })
      yield* Effect.flip(credentials.use({ model }, send))
      const error = yield* Effect.flip(credentials.use({ model }, send))
      assert(error._tag === "AllInCooldown")
      assert.isAtLeast(error.retryAt, 60_000)
      const { headers, status } = toResponse(error, 0, { requestId: "r" })
      assert.strictEqual(status, 429)
      assert.strictEqual(headers["x-should-retry"], "false")
    }).pipe(Effect.provide(world(two)))
  )
})

describe("errors", () => {
  it.effect("tell that nothing is configured, and name no path of this machine", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Credentials).get())
      assert(error._tag === "NoCredentials")
      assert.strictEqual(error.reason, "nothing-configured")
      assert.strictEqual(error.message, 'No API key found for provider "anthropic" (agent "main")')
      const { body, status } = toResponse(error, 0)
      assert.strictEqual(status, 401)
      assert.notInclude(body, "auth-profiles.json")
      assert.notInclude(body, "request_id")
    }).pipe(Effect.provide(world({})))
  )

  it.effect("tell that none of what is configured can be used", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Credentials).get())
      assert(error._tag === "NoCredentials")
      assert.strictEqual(error.reason, "none-usable")
      assert.include(error.message, 'No credentials found for profiles "a" (no secret)')
    }).pipe(Effect.provide(world({ a: key("") })))
  )

  it.effect("tell that a person has to sign in", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 day")
      const error = yield* Effect.flip((yield* Credentials).get())
      assert(error._tag === "LoginEnded")
      assert.strictEqual(error.profile, "me")
      assert.include(error.cure, "clawdbot models auth paste-token")
      assert.strictEqual(toResponse(error, 0).status, 401)
    }).pipe(Effect.provide(world(login("me", "old", "nobody-knows-it", 1))))
  )

  it.effect("tell that a login cannot be refreshed for now, and when to ask again", () =>
    Effect.gen(function* () {
      const { script } = yield* TokenAuthority
      yield* TestClock.adjust("1 day")
      script.always({ unreachable: true })
      const asking = yield* Effect.fork(Effect.flip((yield* Credentials).get()))
      yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(asking)
      assert(error._tag === "CredentialsUnavailable")
      assert.strictEqual(error.reason, "refresh")
      assert.include(error.message, "OAuth token refresh failed for anthropic")
      const { headers, status } = toResponse(error, 0)
      assert.strictEqual(status, 503)
      assert.strictEqual(headers["retry-after"], "5")
    }).pipe(Effect.provide(world(login("me", "old", "r", 1))))
  )

  for (const [what, profiles, config] of [
    ["store", "not profiles", undefined],
    ["config", {}, '{ "agents": 7 }']
  ] as const)
    it.effect(`tell that the ${what} cannot be read, and where only in their cause`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Credentials).get())
        assert(error._tag === "CredentialsUnavailable")
        assert.strictEqual(error.reason, what)
        assert.notInclude(error.message, "/")
        assert.notInclude(toResponse(error, 0).body, "memory:/")
        assert.include(String(error.cause), "/")
      }).pipe(Effect.provide(world(profiles, config)))
    )
})

describe("get and report", () => {
  it.effect("gives what a request needs, and the next credential after a refusal", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const first = yield* credentials.get({ model })
      assert.deepInclude(first, { profile: "a", kind: "api_key" })
      assert.strictEqual(first.baseUrl, "https://api.anthropic.com")
      const headers = first.headers({ "Anthropic-Beta": "files-1" })
      assert.strictEqual(Redacted.value(headers["x-api-key"] ?? Redacted.make("")), "key-a")
      const betas = Redacted.value(headers["anthropic-beta"] ?? Redacted.make(""))
      assert.match(betas, /^files-1,/)
      assert.notInclude(JSON.stringify(first), "key-a")
      const { headers: answered, status, text } = limited
      const verdict = yield* first.report({ status, headers: answered, body: text })
      assert.strictEqual(verdict, "try-next")
      const second = yield* credentials.get({ model })
      assert.strictEqual(second.profile, "b")
      assert.strictEqual(yield* second.report({ status: 200, headers: {} }), "ok")
      const bad = envelope("invalid_request_error", "no")
      assert.strictEqual(yield* second.report({ status: 400, headers: {}, body: bad }), "give-up")
    }).pipe(Effect.provide(world(two)))
  )

  it.effect("refreshes a login that was refused, once, and gives the new token", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const { families } = yield* TokenAuthority
      const tokens = families.signIn()
      assert.strictEqual(tokens.refresh, predicted.refresh)
      const credentials = yield* Credentials
      const first = yield* credentials.get({ model })
      const body = envelope("authentication_error", "expired")
      const refusal = { status: 401, headers: { "request-id": "r" }, body }
      assert.strictEqual(yield* first.report(refusal), "try-next")
      const second = yield* credentials.get({ model })
      assert.notStrictEqual(Redacted.value(second.secret), tokens.access)
      assert.isTrue(families.isCurrent(Redacted.value(second.secret)))
      assert.match(
        Redacted.value(second.headers().authorization ?? Redacted.make("")),
        /^Bearer sk-ant-oat01-/
      )
      assert.deepInclude(families.counters(), { grants: 1 })
    }).pipe(Effect.provide(world(login("me", predicted.access, predicted.refresh, 8 * 3_600_000))))
  )
})

const tail = `1-1-${"x".repeat(24)}`
/** What the authority gives who signs in first. */
const predicted = { access: `sk-ant-oat01-${tail}`, refresh: `sk-ant-ort01-${tail}` }

const event = (type: string) => `event: ${type}\ndata: {"type":"${type}"}\n\n`
const start = event("message_start")
const content = event("content_block_start")
const stop = event("message_stop")
const overload = `event: error\ndata: ${envelope("overloaded_error", "Overloaded")}\n\n`

const bytesOf = (...texts: ReadonlyArray<string>) =>
  Stream.fromIterable(texts).pipe(Stream.map((text) => new TextEncoder().encode(text)))
const streamed = <E>(bytes: Stream.Stream<Uint8Array, E>): StreamedAnswer<E> => ({
  status: 200,
  headers: { "content-type": "text/event-stream" },
  bytes
})

/** Streams by secret. */
const streaming =
  <E>(script: Readonly<Record<string, Stream.Stream<Uint8Array, E>>>) =>
  ({ secret }: Credential) =>
    Effect.sync(() => streamed(script[Redacted.value(secret)] ?? bytesOf(start, content, stop)))

const textOf = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) =>
  Stream.mkString(Stream.decodeText(stream))

describe("streams", () => {
  it.effect("go on to the next credential while nothing of worth has come", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const send = streaming({ "key-a": bytesOf(start, overload) })
      const { answeredBy, bytes } = yield* credentials.open({ model }, send)
      assert.strictEqual(answeredBy, "b")
      assert.strictEqual(yield* textOf(bytes), start + content + stop)
    }).pipe(Effect.scoped, Effect.provide(world(two)))
  )

  it.effect("are the provider's own answer where nobody can better it", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const send = streaming({ "key-a": bytesOf(start, overload) })
      const error = yield* Effect.flip(textOf(credentials.useStream({ model }, send)))
      assert(error._tag === "ProviderRefused")
      assert.deepInclude(error, { status: 200, class: "overloaded", body: start + overload })
      assert.strictEqual(error.explanation.candidates[0]?.profile, "a")
    }).pipe(Effect.provide(world({ a: key("key-a") })))
  )

  for (const [what, rest, reason] of [
    ["without message_stop", [], "incomplete"],
    ["with an error", [overload], "error-event"]
  ] as const)
    it.effect(`that end ${what} fail after what came, and nobody else is asked`, () =>
      Effect.gen(function* () {
        const credentials = yield* Credentials
        const send = streaming({ "key-a": bytesOf(start, content, ...rest) })
        const seen: Array<Uint8Array> = []
        const error = yield* credentials.useStream({ model }, send).pipe(
          Stream.runForEach((chunk) => Effect.sync(() => seen.push(chunk))),
          Effect.flip
        )
        assert(error._tag === "AnswerBroken")
        assert.deepInclude(error, { reason, profile: "a" })
        assert.strictEqual(error.explanation.candidates.length, 2)
        const text = new TextDecoder().decode(Buffer.concat(seen))
        assert.strictEqual(text, start + content + rest.join(""))
      }).pipe(Effect.provide(world(two)))
    )

  it.effect("that break off before content are no answer: another credential is asked, once", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const lost = Stream.fail("lost" as const)
      const broken = { "key-a": Stream.concat(bytesOf(start), lost) }
      assert.strictEqual(
        yield* textOf(credentials.useStream({ model }, streaming(broken))),
        start + content + stop
      )
      const both = { ...broken, "key-b": lost }
      const error = yield* Effect.flip(textOf(credentials.useStream({ model }, streaming(both))))
      assert.strictEqual(error, "lost")
      const { candidates } = yield* credentials.explain({ model })
      assert.deepStrictEqual(
        candidates.map(({ state }) => state),
        ["ready", "ready"]
      )
    }).pipe(Effect.provide(world(two)))
  )

  it.effect("are handed on after two seconds at the latest", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const goOn = yield* Deferred.make<void>()
      const late = Stream.concat(
        bytesOf(start),
        Stream.unwrap(Effect.as(Deferred.await(goOn), bytesOf(content, stop)))
      )
      const opening = yield* Effect.fork(credentials.open({ model }, streaming({ "key-a": late })))
      yield* TestClock.adjust("1900 millis")
      assert.isNull(opening.unsafePoll())
      yield* TestClock.adjust("200 millis")
      const { answeredBy, bytes } = yield* Fiber.join(opening)
      assert.strictEqual(answeredBy, "a")
      yield* Deferred.succeed(goOn, undefined)
      assert.strictEqual(yield* textOf(bytes), start + content + stop)
    }).pipe(Effect.scoped, Effect.provide(world(two)))
  )

  it.effect("end upstream when their reader leaves, and say nothing of the credential", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const left = yield* Deferred.make<void>()
      const endless = Stream.concat(bytesOf(start, content), Stream.never).pipe(
        Stream.ensuring(Deferred.succeed(left, undefined))
      )
      const first = yield* credentials
        .useStream({ model }, streaming({ "key-a": endless }))
        .pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(Chunk.size(first), 1)
      yield* Deferred.await(left)
      assert.strictEqual((yield* credentials.explain({ model })).candidates.length, 2)
    }).pipe(Effect.provide(world(two)))
  )

  it.effect("end for a reader when their scope is closed before their end", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const scope = yield* Scope.make()
      const endless = Stream.concat(bytesOf(start, content), Stream.never)
      const opening = credentials.open({ model }, streaming({ "key-a": endless }))
      const { bytes } = yield* Scope.extend(opening, scope)
      const reading = yield* Effect.fork(Stream.runDrain(bytes))
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(reading)))
    }).pipe(Effect.provide(world(two)))
  )

  it.effect("wait for a reader that is slow", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      let made = 0
      const many = Stream.range(1, 1_000).pipe(
        Stream.rechunk(1),
        Stream.map(() => {
          made += 1
          return new TextEncoder().encode(content)
        })
      )
      const send = streaming({ "key-a": many })
      const { bytes } = yield* credentials.open({ model }, send)
      yield* TestClock.adjust("10 seconds")
      assert.isBelow(made, 40)
      yield* Effect.flip(Stream.runDrain(bytes))
      assert.strictEqual(made, 1_000)
    }).pipe(Effect.scoped, Effect.provide(world(two)))
  )
})

describe("changes", () => {
  it.effect("give the present explanation, and a new one after a limit", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const seen = yield* Queue.unbounded<Explanation>()
      yield* Effect.fork(Stream.runForEach(credentials.changes, (one) => Queue.offer(seen, one)))
      assert.isUndefined((yield* Queue.take(seen)).nextAt)
      yield* credentials.use({ model }, sending({ "key-a": limited }))
      const after = yield* Queue.take(seen)
      assert.strictEqual(after.chosen, "b")
      assert.deepStrictEqual(after.candidates.at(-1)?.state, "cooling")
    }).pipe(Effect.provide(world(two)))
  )
})
