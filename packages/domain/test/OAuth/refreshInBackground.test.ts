/** The refresh ahead of a login's end, which nobody waits for, and those that run beside it. */
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import type { OAuthRefresh, StoredLogin } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as TokenScript from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { begin, now } from "./countedReads.ts"
import { access, main, profile, stored, surroundings } from "./world.ts"

const minute = 60_000

const isRefreshed = (before: Credential.OAuth) =>
  Effect.map(stored(), (found) => access(found) !== access(before))

/** What became of a login is in the record of its renewal, which names the token before. */
const recordRenewalOf = (credential: Credential.OAuth) =>
  Effect.flatMap(HealthStore, (healths) =>
    healths.record(main, profile, "successor", {
      _tag: "Renewed",
      at: now,
      previous: Credential.secretFingerprint(credential)
    })
  )

describe("a refresh that nobody waits for", () => {
  it.scoped("goes by the program's own policy while no config has been read", () =>
    Effect.gen(function* () {
      const { asked, credential, refresh } = yield* begin(16 * minute, {
        isRead: false,
        shared: true
      })
      assert.strictEqual(refresh.current(asked, now), credential)
      assert.isUndefined(refresh.current(asked, now + minute))
      assert.strictEqual(yield* refresh.ensureFresh(asked), credential)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("is made also where the store could not be read when its turn came", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(100_000, {
        unreadableTimes: 1
      })
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust("11 seconds")
      assert.isTrue(yield* isRefreshed(credential))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("begins within half of the time in which nobody has to wait", () =>
    Effect.gen(function* () {
      const { asked, credential, refresh } = yield* begin(31_000)
      yield* Effect.withRandom(refresh.ensureFresh(asked), Random.fixed([0.99]))
      assert.isFalse(yield* isRefreshed(credential))
      yield* TestClock.adjust("500 millis")
      assert.isTrue(yield* isRefreshed(credential))
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("says why where it fails, and is made later all the same", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, message }) => {
      lines.push([message, ...HashMap.toEntries(annotations).flat().toSorted()].join(" "))
    })
    return Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(14 * minute, { shared: true })
      authority.script.always(TokenScript.throttled(60))
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust(2 * minute)
      assert.isFalse(yield* isRefreshed(credential))
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0] ?? "", /could not be refreshed before it expires/)
      for (const said of [/cause/, /throttled/, /detail/, /profile/, /anthropic:default/])
        assert.match(lines[0] ?? "", said)
      authority.script.always({})
      yield* TestClock.adjust(2 * minute)
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust(minute)
      assert.isTrue(yield* isRefreshed(credential))
    }).pipe(
      Effect.provide(surroundings()),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
  })

  it.scoped("does not wait for a renewal that was another token's", () =>
    Effect.gen(function* () {
      const { asked, credential, refresh } = yield* begin(14 * minute, { shared: true })
      yield* recordRenewalOf(credential)
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust(2 * minute)
      assert.isTrue(yield* isRefreshed(credential))
    }).pipe(Effect.provide(surroundings()))
  )
})

describe("a login that needs no refresh", () => {
  it.scoped("is given as it is, and its store is not read", () =>
    Effect.gen(function* () {
      const { asked, credential, reads, refresh } = yield* begin(16 * minute, { shared: true })
      assert.strictEqual(yield* refresh.ensureFresh(asked), credential)
      yield* TestClock.adjust(1)
      assert.strictEqual(reads(), 0)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("is looked at once where it lives too short to be refreshed already", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, reads, refresh } = yield* begin(14 * minute, {
        shared: true
      })
      yield* Effect.flatMap(HealthStore, (healths) =>
        healths.record(main, profile, Credential.secretFingerprint(credential), {
          _tag: "Renewed",
          at: now - minute,
          previous: "the token before"
        })
      )
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust(2 * minute)
      assert.strictEqual(reads(), 1)
      assert.strictEqual(authority.families.counters().grants, 0)
    }).pipe(Effect.provide(surroundings()))
  )

  const key = Either.getOrThrow(
    Credential.decode({ type: "api_key", provider: "anthropic", key: "sk-ant-api03-other" })
  )
  for (const [name, profiles] of [
    ["was removed", new Map<ProfileId, Credential.Credential>()],
    ["gave way to a key", new Map([[profile, key]])]
  ] as const)
    it.scoped(`is let alone without a word where it ${name} before its turn came`, () => {
      const lines: Array<unknown> = []
      const logger = Logger.make(({ cause, message }) => void lines.push(message, cause))
      return Effect.gen(function* () {
        const { asked, authority, reads, refresh } = yield* begin(14 * minute, { shared: true })
        yield* refresh.ensureFresh(asked)
        yield* Effect.flatMap(ProfileStore, ({ modify }) =>
          modify(main, (document) =>
            Either.right({ document: { ...document, profiles }, result: undefined })
          )
        )
        yield* TestClock.adjust(2 * minute)
        assert.strictEqual(reads(), 1)
        assert.strictEqual(authority.requests(), 0)
        assert.deepStrictEqual(lines, [])
      }).pipe(
        Effect.provide(surroundings()),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.All)
      )
    })
})

describe("one login that many ask for", () => {
  /** How often the store is read over a minute in which each of these moments asks, in ms. */
  const readsFor = (
    moments: ReadonlyArray<number>,
    step: TokenScript.TokenStep,
    isRefused = false
  ) =>
    Effect.gen(function* () {
      const { asked, authority, credential, reads, refresh } = yield* begin(110_000)
      authority.script.always(step)
      if (isRefused)
        yield* Effect.fork(
          Effect.option(refresh.afterRefusal(asked, Credential.secretFingerprint(credential)))
        )
      yield* Effect.yieldNow()
      let passed = 0
      for (const moment of moments) {
        yield* TestClock.adjust(moment - passed)
        passed = moment
        yield* refresh.ensureFresh(asked)
      }
      yield* TestClock.adjust(minute - passed)
      return reads()
    }).pipe(Effect.scoped, Effect.provide(surroundings()))

  for (const [name, step, isRefused] of [
    ["while its refresh waits or is under way", { beforeMs: 20_000 }, false],
    ["while it is refreshed since it was refused", { beforeMs: 20_000 }, true],
    ["while it rests after a refresh that failed", TokenScript.throttled(600), false]
  ] as const)
    it.effect(`is looked at once ${name}`, () =>
      Effect.gen(function* () {
        const first = isRefused ? [] : [0]
        const once = yield* readsFor(first, step, isRefused)
        assert.isAbove(once, 0)
        const often = Arr.makeBy(50, (index) => 1 + Math.floor(index / 10) * 4_000)
        assert.strictEqual(yield* readsFor([...first, ...often], step, isRefused), once)
      })
    )

  for (const [name, ask] of [
    [
      "for a refusal",
      (refresh, login) =>
        refresh.afterRefusal(login, Credential.secretFingerprint(login.credential))
    ],
    ["when it is asked for", (refresh, login) => Effect.asSome(refresh.refreshNow(login))]
  ] satisfies ReadonlyArray<
    readonly [
      string,
      (
        refresh: typeof OAuthRefresh.Service,
        login: StoredLogin
      ) => Effect.Effect<Option.Option<Credential.OAuth>, OAuthRefreshFailed>
    ]
  >)
    it.scoped(`is refreshed ${name} also where the refresh under way had nothing to do`, () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(60 * minute)
        // The same refresh token with an access token that has ended, as a caller may hold it.
        const ended = { ...asked, credential: { ...credential, expires: now - 1 } }
        const both = yield* Effect.fork(
          Effect.all([Effect.asSome(refresh.ensureFresh(ended)), ask(refresh, asked)], {
            concurrency: "unbounded"
          })
        )
        const [kept, renewed] = yield* Fiber.join(both)
        assert.deepStrictEqual(Option.map(kept, access), Option.some(access(credential)))
        assert.isTrue(Option.isSome(renewed))
        assert.isTrue(yield* isRefreshed(credential))
        assert.strictEqual(authority.families.counters().grants, 1)
      }).pipe(Effect.provide(surroundings()))
    )

  it.scoped("is refreshed for a refusal where its record is about its successor", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(60 * minute)
      yield* recordRenewalOf(credential)
      const renewed = yield* refresh.afterRefusal(asked, Credential.secretFingerprint(credential))
      assert.isTrue(Option.isSome(renewed))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )
})
