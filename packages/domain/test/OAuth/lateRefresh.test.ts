/** A refresh that is made when a login is first asked of it that may have to be renewed. */
import * as LateRefresh from "@clawdbot/domain/OAuth/lateRefresh"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { ofSharedStore, RefreshAhead } from "@clawdbot/domain/OAuth/RefreshAhead"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { access, login, main, profile, store, surroundings } from "./world.ts"

const now = 3_600_000_000
const minute = 60_000

/** A login with so much life left, the late refresh and how often the refresh was made. */
const begin = (left: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(), now + left)
    yield* store(credential)
    let made = 0
    const load = Effect.sync(() => {
      made += 1
      return OAuthRefresh.layer
    })
    const refresh = yield* Effect.provide(
      OAuthRefresh.OAuthRefresh,
      yield* Layer.build(LateRefresh.layer(load))
    )
    const grants = () => authority.families.counters().grants
    return { asked: { owner: main, profile, credential }, grants, made: () => made, refresh }
  })

describe("a refresh that is made late", () => {
  it.scoped("is not made for a login with enough life left", () =>
    Effect.gen(function* () {
      const { asked, grants, made, refresh } = yield* begin(60 * minute)
      assert.strictEqual(refresh.current(asked, now), asked.credential)
      assert.strictEqual(yield* refresh.ensureFresh(asked), asked.credential)
      assert.strictEqual(made(), 0)
      assert.strictEqual(grants(), 0)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("goes by when this program refreshes", () =>
    Effect.gen(function* () {
      const { asked, made, refresh } = yield* begin(10 * minute)
      assert.isUndefined(refresh.current(asked, now))
      assert.strictEqual(yield* refresh.ensureFresh(asked), asked.credential)
      assert.strictEqual(made(), 1)
    }).pipe(
      Effect.provide(surroundings()),
      Effect.provide(Layer.succeed(RefreshAhead, ofSharedStore("one")))
    )
  )

  it.scoped("is made once for all that ask, who share its refresh and what it knows", () =>
    Effect.gen(function* () {
      const { asked, grants, made, refresh } = yield* begin(-minute)
      assert.isUndefined(refresh.current(asked, now))
      const found = yield* Effect.all(
        Array.from({ length: 8 }, () => refresh.ensureFresh(asked)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(found.map(access)).size, 1)
      assert.strictEqual(made(), 1)
      assert.strictEqual(grants(), 1)
      assert.strictEqual(refresh.current(asked, now), found[0])
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("is made for a refusal, and for another token that is asked for", () =>
    Effect.gen(function* () {
      const { asked, grants, made, refresh } = yield* begin(60 * minute)
      const refused = Credential.secretFingerprint(asked.credential)
      const renewed = Option.getOrThrow(yield* refresh.afterRefusal(asked, refused))
      const again = yield* refresh.refreshNow({ ...asked, credential: renewed })
      assert.strictEqual(new Set([asked.credential, renewed, again].map(access)).size, 3)
      assert.strictEqual(made(), 1)
      assert.strictEqual(grants(), 2)
    }).pipe(Effect.provide(surroundings()))
  )
})
