/** Refreshes that somebody waits for: what they cost, and what a login without one says. */
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { begin, now } from "./countedReads.ts"
import { access, surroundings } from "./world.ts"

const minute = 60_000
const refused = Credential.secretFingerprint

describe("a refusal", () => {
  it.scoped("of another token than the login's costs nothing: the login is what is wanted", () =>
    Effect.gen(function* () {
      const { asked, credential, reads, refresh } = yield* begin(60 * minute)
      const found = yield* refresh.afterRefusal(asked, "of another token")
      assert.strictEqual(Option.getOrUndefined(found), credential)
      assert.strictEqual(reads(), 0)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("of a token that was granted just now costs nothing, and gives none", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, reads, refresh } = yield* begin(60 * minute)
      const renewed = Option.getOrThrow(yield* refresh.afterRefusal(asked, refused(credential)))
      const before = reads()
      const again = yield* refresh.afterRefusal({ ...asked, credential: renewed }, refused(renewed))
      assert.isTrue(Option.isNone(again))
      assert.strictEqual(reads(), before)
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("reads the store no more often than the end of a login does", () =>
    Effect.gen(function* () {
      const ended = yield* begin(-1)
      yield* ended.refresh.ensureFresh(ended.asked)
      const other = yield* begin(60 * minute)
      yield* other.refresh.afterRefusal(other.asked, refused(other.credential))
      assert.isAbove(ended.reads(), 0)
      assert.strictEqual(other.reads(), ended.reads())
    }).pipe(Effect.provide(surroundings()))
  )
})

describe("another token that is asked for", () => {
  it.scoped("is granted each time, also right after the last one", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(60 * minute)
      const first = yield* refresh.refreshNow(asked)
      const second = yield* refresh.refreshNow({ ...asked, credential: first })
      assert.strictEqual(new Set([credential, first, second].map(access)).size, 3)
      assert.strictEqual(authority.families.counters().grants, 2)
    }).pipe(Effect.provide(surroundings()))
  )
})

describe("a login without a refresh token", () => {
  const none = Redacted.make("")
  const others = ["anthropic:one", "anthropic:two"].map((name) => ProfileId.of(name))

  it.scoped("is used while it lives, and nothing is looked for", () =>
    Effect.gen(function* () {
      const { asked, credential, reads, refresh } = yield* begin(100_000)
      const kept = { ...credential, refresh: none }
      assert.strictEqual(yield* refresh.ensureFresh({ ...asked, credential: kept }), kept)
      const ending = { ...kept, expires: now + 1 }
      assert.strictEqual(yield* refresh.ensureFresh({ ...asked, credential: ending }), ending)
      assert.strictEqual(reads(), 0)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("is named by its own name where it has ended or is refused, each of several", () =>
    Effect.gen(function* () {
      const { asked, credential, reads, refresh } = yield* begin(60 * minute)
      const ended = { ...credential, refresh: none, expires: now - 1 }
      for (const profile of others) {
        const login = { ...asked, profile, credential: ended }
        for (const asking of [
          Effect.asVoid(refresh.ensureFresh(login)),
          Effect.asVoid(refresh.afterRefusal(login, refused(ended))),
          Effect.asVoid(refresh.refreshNow(login))
        ]) {
          const reason = yield* Effect.flip(asking)
          assert.deepStrictEqual([reason.profile, reason.cause], [profile, "consumed"])
          assert.match(reason.detail, /no refresh token/)
        }
      }
      assert.strictEqual(reads(), 0)
    }).pipe(Effect.provide(surroundings()))
  )
})
