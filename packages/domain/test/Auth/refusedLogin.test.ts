/** A provider that refuses a login whatever is refreshed (decision D37). */
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { classify } from "../../src/Health/classify.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const hour = 3_600_000
const now = 1_000 * hour
const profile = ProfileId.of("anthropic:login")
const message = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }
const files = { agent: AgentId.main, provider: ProviderId.anthropic, path: "/v1/files" }

const refusal = (request: typeof message | typeof files, at: number): AttemptResult<string> => ({
  _tag: "Refused",
  value: "401",
  failure: classify({
    status: 401,
    header: (name) => (name === "request-id" ? "req_1" : undefined),
    body:
      '{"type":"error","error":{"type":"authentication_error","message":"OAuth authentication ' +
      'is currently not supported."}}',
    now: at,
    asked: request
  })
})

/** Sends a request that the provider refuses after `tookMs`. */
const refused = (request: typeof message | typeof files, tookMs = 0) =>
  Effect.flatMap(Failover, (failover) =>
    Effect.either(
      failover.run(request, () =>
        Effect.zipRight(
          Effect.sleep(tookMs),
          Effect.map(Effect.clock, (clock) => refusal(request, clock.unsafeCurrentTimeMillis()))
        )
      )
    )
  )

const health = Effect.gen(function* () {
  const { document } = yield* (yield* ProfileStore).read(AgentId.main)
  const stored = document.profiles.get(profile)
  if (stored === undefined) return yield* Effect.dieMessage("no login is stored")
  const known = yield* (yield* HealthStore).read(AgentId.main)
  return Health.of(known, profile, Credential.secretFingerprint(stored))
})

/** A login that the authority knows, stored. */
const beginWith = (left: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const tokens = authority.families.signIn()
    const record = {
      type: "oauth",
      provider: "anthropic",
      access: tokens.access,
      refresh: tokens.refresh,
      expires: now + left
    }
    const credential = Either.getOrThrow(Credential.decode(record))
    yield* (yield* ProfileStore).modify(AgentId.main, (document) =>
      Either.right({
        document: { ...document, profiles: new Map(document.profiles).set(profile, credential) },
        result: undefined
      })
    )
    return authority
  })

const begin = beginWith(7 * hour)

describe("a token endpoint that is away", () => {
  it.effect("a token that is still good is handed out before it ends", () =>
    Effect.gen(function* () {
      for (const left of [20_000, 5 * 60_000]) {
        const authority = yield* beginWith(left)
        authority.script.always({ beforeMs: 3_600_000 })
        const resolver = yield* AuthResolver
        const asked = yield* Effect.fork(resolver.resolve(message, 360_000))
        yield* TestClock.adjust(left / 2 + 5_000)
        const polled = yield* Fiber.poll(asked)
        assert.isTrue(Option.isSome(polled), `${left}`)
        const { expiresAt = 0 } = yield* Fiber.join(asked)
        assert.isAbove(expiresAt, yield* Clock.currentTimeMillis)
      }
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )
})

describe("a 401 that no refresh cures", () => {
  it.effect("twenty requests in a row: one grant, one incident", () =>
    Effect.gen(function* () {
      const authority = yield* begin
      for (let sent = 0; sent < 20; sent++) {
        yield* refused(message)
        yield* TestClock.adjust("50 millis")
      }
      assert.strictEqual(authority.families.counters().grants, 1)
      const { ladder, windows } = yield* health
      assert.strictEqual(ladder?.count, 1)
      const until = Math.max(...windows.map((window) => window.until))
      assert.isAtMost(until - now, 61_000)
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )

  it.effect("twenty requests at once, each refused at another moment: the same", () =>
    Effect.gen(function* () {
      const authority = yield* begin
      const requests = yield* Effect.forkAll(
        Array.from({ length: 20 }, (_, index) => refused(message, 20 * index + 10))
      )
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(requests)
      assert.strictEqual(authority.families.counters().grants, 1)
      assert.strictEqual((yield* health).ladder?.count, 1)
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )

  it.effect("ten on another resource: one grant, and messages are served", () =>
    Effect.gen(function* () {
      const authority = yield* begin
      for (let sent = 0; sent < 10; sent++) {
        yield* refused(files)
        yield* TestClock.adjust("1 second")
      }
      assert.strictEqual(authority.families.counters().grants, 1)
      const resolver = yield* AuthResolver
      assert.strictEqual((yield* resolver.resolve(message)).profile, profile)
      const { candidates } = yield* resolver.explain(message)
      assert.deepStrictEqual(
        candidates.map(({ state }) => state),
        ["ready"]
      )
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )

  it.effect("a minute after the refresh another one may help", () =>
    Effect.gen(function* () {
      const authority = yield* begin
      yield* refused(message)
      yield* TestClock.adjust("2 minutes")
      yield* refused(message)
      assert.strictEqual(authority.families.counters().grants, 2)
    }).pipe(Effect.provide(CredentialsMemory.layer()))
  )
})
