/**
 * After an outage of a shared store: what could not be refreshed meanwhile is refreshed within two
 * seconds, by one gateway, and never everything at one moment.
 */
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { ofSharedStore, RefreshAhead, turnOf } from "@clawdbot/domain/OAuth/RefreshAhead"
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { StoreReturns } from "@clawdbot/domain/OAuth/StoreReturns"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { throttled } from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { access, login, main, profile, store, stored, surroundings } from "./world.ts"

const minute = 60_000
const now = 1_000 * 60 * minute
const refused = new LeaseUnavailable({ reason: "system", detail: "database" })

/** A store that is away until `comeBack`; who asks it for leases then, and how many at once. */
const awayStore = Effect.map(RefreshLease, (held) => {
  let isAway = true
  const runs: Array<Effect.Effect<void>> = []
  const asked: Array<string> = []
  let inside = 0
  let most = 0
  const layer = (instance: string) =>
    Layer.mergeAll(
      Layer.succeed(StoreReturns, { onReturn: (run) => void runs.push(run) }),
      Layer.succeed(RefreshLease, {
        withLease: (mark, use) => {
          if (isAway) return Effect.fail(refused)
          asked.push(instance)
          inside += 1
          most = Math.max(most, inside)
          return Effect.ensuring(
            held.withLease(mark, use),
            Effect.sync(() => {
              inside -= 1
            })
          )
        }
      })
    )
  const comeBack = Effect.suspend(() => {
    isAway = false
    return Effect.all(runs, { discard: true })
  })
  return { asked, comeBack, layer, most: () => most }
})

/** A gateway that keeps logins fresh. */
const gateway = (instance: string, away: Layer.Layer<RefreshLease>) =>
  Effect.map(
    Layer.build(
      Layer.fresh(LoginKeeper.layer).pipe(
        Layer.provideMerge(Layer.fresh(OAuthRefresh.layer)),
        Layer.provide(away),
        Layer.provide(Layer.succeed(RefreshAhead, ofSharedStore(instance)))
      )
    ),
    (context) => Context.get(context, OAuthRefresh.OAuthRefresh)
  )

const signedIn = (left: number, id = profile) =>
  Effect.gen(function* () {
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(id), now + left)
    yield* store(credential, main, id)
    return credential
  })

const isRefreshed = (id = profile) =>
  Effect.map(stored(main, id), ({ expires }) => expires > now + 60 * minute)

describe("a login that could not be refreshed while the store was away", () => {
  for (const [name, left, awayMs] of [
    ["rests after a refresh that failed", 14 * minute, 2.1 * minute],
    ["waits for the turn of its gateway", 15 * minute, 1],
    ["has ended", minute, 3 * minute]
  ] as const)
    it.scoped(`is refreshed within a second of its return where it ${name}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const { asked, comeBack, layer } = yield* awayStore
        const { families } = yield* TokenAuthority
        yield* signedIn(left)
        yield* gateway("one", layer("one"))
        yield* TestClock.adjust(awayMs)
        assert.isFalse(yield* isRefreshed())
        yield* comeBack
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* isRefreshed())
        assert.deepStrictEqual(asked, ["one"])
        assert.deepInclude(families.counters(), { grants: 1, reuses: 0 })
      }).pipe(Effect.provide(surroundings()))
    )

  it.scoped("is refreshed by the gateway whose turn is first, and the others do not queue", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { asked, comeBack, layer } = yield* awayStore
      const credential = yield* signedIn(14 * minute)
      const instances = Arr.makeBy(8, (index) => `gateway ${index}`)
      for (const instance of instances) yield* gateway(instance, layer(instance))
      yield* TestClock.adjust("2 minutes")
      yield* comeBack
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isRefreshed())
      const fingerprint = refreshFingerprint(credential)
      const [first] = instances.toSorted(
        (one, other) => turnOf(one, fingerprint) - turnOf(other, fingerprint)
      )
      assert.deepStrictEqual(asked, [first])
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("is one of twelve, of which eight at most are asked for at one moment", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { comeBack, layer, most } = yield* awayStore
      const authority = yield* TokenAuthority
      const ids = Arr.makeBy(12, (index) => ProfileId.of(`anthropic:login${index}`))
      yield* Effect.forEach(ids, (id) => signedIn(14 * minute, id))
      authority.script.always({ beforeMs: 500 })
      yield* gateway("one", layer("one"))
      yield* TestClock.adjust(1)
      yield* comeBack
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(most(), 8)
      assert.isTrue((yield* Effect.forEach(ids, isRefreshed)).every((isDone) => isDone))
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("rests as long as the provider wants, whether or not the store was away", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { comeBack, layer } = yield* awayStore
      const authority = yield* TokenAuthority
      const before = yield* signedIn(14 * minute)
      authority.script.always(throttled(600))
      const refresh = yield* gateway("one", layer("one"))
      yield* comeBack
      yield* TestClock.adjust("1 minute")
      const requests = authority.requests()
      assert.isAbove(requests, 0)
      yield* comeBack
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(authority.requests(), requests)
      const served = yield* refresh.ensureFresh({ owner: main, profile, credential: before })
      assert.strictEqual(access(served), access(before))
    }).pipe(Effect.provide(surroundings()))
  )
})
