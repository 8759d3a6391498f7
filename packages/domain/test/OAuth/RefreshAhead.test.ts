/**
 * Gateways that share a store refresh a login a quarter of an hour before its end, in turn: an
 * outage, or a gateway that is killed while it asks, is over before the login ends.
 */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import {
  aheadOf,
  configured,
  ofFiles,
  ofSharedStore,
  RefreshAhead,
  turnOf,
  waitForTurn
} from "@clawdbot/domain/OAuth/RefreshAhead"
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { access, login, main, profile, store, stored, surroundings } from "./world.ts"

const minute = 60_000
const hour = 60 * minute
const now = 1_000 * hour
const other = ProfileId.of("anthropic:other")

/** A gateway that keeps logins fresh; `lease` counts, or refuses, what it asks for. */
const gateway = (
  instance: string,
  lease: (held: typeof RefreshLease.Service) => typeof RefreshLease.Service = (held) => held
) =>
  Effect.gen(function* () {
    const held = yield* RefreshLease
    const context = yield* Layer.build(
      Layer.fresh(LoginKeeper.layer).pipe(
        Layer.provideMerge(Layer.fresh(OAuthRefresh.layer)),
        Layer.provide(Layer.succeed(RefreshLease, lease(held))),
        Layer.provide(Layer.succeed(RefreshAhead, ofSharedStore(instance)))
      )
    )
    return Context.get(context, OAuthRefresh.OAuthRefresh)
  })

/** Moves the clock on, and sees at each step that what is served is good. */
const serve = (refresh: typeof OAuthRefresh.OAuthRefresh.Service, forMs: number) =>
  Effect.gen(function* () {
    const { families } = yield* TokenAuthority
    for (let passed = 0; passed < forMs; passed += 10_000) {
      const credential = yield* stored()
      const served = yield* refresh.ensureFresh({ owner: main, profile, credential })
      assert.isTrue(families.isCurrent(access(served)))
      assert.isAbove(served.expires, yield* Clock.currentTimeMillis)
      yield* TestClock.adjust(10_000)
    }
  })

const signedIn = (left: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(), now + left)
    yield* store(credential)
    return { authority, credential, fingerprint: refreshFingerprint(credential) }
  })

describe("when a login is refreshed that need not be yet", () => {
  it("within the program's spread, and within half of the time that is left", () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.string(),
        fc.integer({ min: -hour, max: hour }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (instance, fingerprint, left, random) =>
          [ofFiles, ofSharedStore(instance)].every((policy) => {
            const wait = waitForTurn(policy, fingerprint, left, random)
            return wait >= 0 && wait <= Math.min(policy.spreadMs, Math.max(0, left / 2))
          })
      )
    )
  })

  it("each of eight gateways is the first for about an eighth of the logins", () => {
    const instances = fc.sample(fc.uuid(), { numRuns: 8, seed: 7 })
    const logins = 4_000
    const first = Arr.makeBy(logins, (index) => {
      const fingerprint = index.toString(16).padStart(16, "0")
      const turns = instances.map((instance) => turnOf(instance, fingerprint))
      return turns.indexOf(Math.min(...turns))
    })
    for (const place of instances.keys()) {
      const share = first.filter((winner) => winner === place).length / logins
      assert.isAbove(share, 0.08)
      assert.isBelow(share, 0.17)
    }
  })

  it("in the second half of its life, and never later than two minutes before its end", () => {
    const policy = ofSharedStore("one")
    assert.strictEqual(aheadOf(policy, undefined), 15 * minute)
    assert.strictEqual(aheadOf(policy, 8 * hour), 15 * minute)
    assert.strictEqual(aheadOf(policy, 10 * minute), 5 * minute)
    assert.strictEqual(aheadOf(policy, minute), 2 * minute)
    assert.strictEqual(aheadOf(ofFiles, 10 * minute), 2 * minute)
  })
})

describe("auth.refreshAheadSeconds", () => {
  it("is in force for either kind of store, and leaves the rest of the policy as it is", () => {
    for (const policy of [ofFiles, ofSharedStore("one")]) {
      assert.deepStrictEqual(configured(policy, undefined), policy)
      assert.deepStrictEqual(configured(policy, 1_800), { ...policy, aheadMs: 30 * minute })
      assert.strictEqual(aheadOf(configured(policy, 7_200), hour), 30 * minute)
    }
  })

  it.scoped("decides when a login is refreshed, from the moment at which it is set", () =>
    Effect.gen(function* () {
      const { authority } = yield* signedIn(hour)
      const configs = yield* ConfigStore
      const snapshot = yield* configs.load
      let seconds: number | undefined
      const watched = ConfigStore.of({
        ...configs,
        current: () => ({
          ...snapshot,
          config: { ...snapshot.config, auth: { refreshAheadSeconds: seconds } }
        })
      })
      yield* gateway("one").pipe(Effect.provideService(ConfigStore, watched))
      yield* TestClock.adjust(10 * minute)
      assert.strictEqual(authority.requests(), 0)
      seconds = 3_600
      yield* TestClock.adjust(3 * minute)
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )
})

describe("gateways that share a login", () => {
  it.scoped("let one of them refresh it, and the others do not queue for it", () =>
    Effect.gen(function* () {
      const { authority, credential, fingerprint } = yield* signedIn(16 * minute)
      const asked: Array<string> = []
      const noting = (instance: string) => (held: typeof RefreshLease.Service) =>
        RefreshLease.of({
          withLease: (mark, use) => {
            asked.push(instance)
            return held.withLease(mark, use)
          }
        })
      const instances = ["one", "two", "three"]
      for (const instance of instances) yield* gateway(instance, noting(instance))
      yield* TestClock.adjust(50_000)
      assert.strictEqual(authority.requests(), 0)
      yield* TestClock.adjust(2 * minute)
      assert.notStrictEqual(access(yield* stored()), access(credential))
      const first = instances.toSorted(
        (one, other) => turnOf(one, fingerprint) - turnOf(other, fingerprint)
      )[0]
      assert.deepStrictEqual(asked, [first])
      yield* TestClock.adjust(5 * minute)
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("serve through a quarter of an hour in which nothing can be refreshed", () =>
    Effect.gen(function* () {
      const { authority, credential } = yield* signedIn(15 * minute + 1_000)
      let isAway = true
      const refused = new LeaseUnavailable({ reason: "system", detail: "database" })
      const refresh = yield* gateway("one", (held) =>
        RefreshLease.of({
          withLease: (mark, use) => {
            if (isAway) return Effect.fail(refused)
            return held.withLease(mark, use)
          }
        })
      )
      yield* serve(refresh, 14.5 * minute)
      assert.strictEqual(authority.requests(), 0)
      isAway = false
      yield* serve(refresh, 3 * minute)
      assert.notStrictEqual(access(yield* stored()), access(credential))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("serve through twenty such minutes with a login that lives so long", () =>
    Effect.gen(function* () {
      const { authority, credential } = yield* signedIn(12 * minute)
      const lasting = login(authority.families.signIn(), now + 4 * hour)
      yield* store(lasting, main, other)
      let isAway = true
      const refused = new LeaseUnavailable({ reason: "system", detail: "database" })
      const away = (held: typeof RefreshLease.Service) =>
        RefreshLease.of({
          withLease: (mark, use) => {
            if (isAway) return Effect.fail(refused)
            return held.withLease(mark, use)
          }
        })
      const gateways = [yield* gateway("one", away), yield* gateway("two", away)]
      const ask = (refresh: typeof OAuthRefresh.OAuthRefresh.Service, id: ProfileId.ProfileId) =>
        Effect.flatMap(stored(main, id), (found) =>
          Effect.either(refresh.ensureFresh({ owner: main, profile: id, credential: found }))
        )
      for (let passed = 0; passed < 20; passed++) {
        for (const refresh of gateways) {
          assert.isTrue(Either.isRight(yield* ask(refresh, other)))
          const ending = yield* ask(refresh, profile)
          // Until its very end; then it is passed over for a reason that names the store.
          assert.strictEqual(Either.isRight(ending), passed < 12)
          if (Either.isLeft(ending)) assert.strictEqual(ending.left.cause, "store")
        }
        yield* TestClock.adjust(minute)
      }
      assert.strictEqual(authority.requests(), 0)
      isAway = false
      yield* TestClock.adjust(minute)
      assert.notStrictEqual(access(yield* stored()), access(credential))
      assert.deepInclude(authority.families.counters(), { grants: 1, reuses: 0 })
    }).pipe(Effect.provide(surroundings()))
  )

  it.scoped("serve until the token of a gateway that was killed while it asked may be used", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { authority, credential, fingerprint } = yield* signedIn(15 * minute)
      // Killed by its turn at the latest: its lease lasts 40 s, and its intent counts ten minutes.
      const diedAt = now + minute
      yield* TestClock.setTime(diedAt)
      paper.entries.set(fingerprint, { _tag: "Intent", at: diedAt })
      paper.undecided.set(fingerprint, diedAt + 10 * minute + 40_000)
      const refresh = yield* gateway("two")
      yield* serve(refresh, 10.6 * minute)
      assert.strictEqual(authority.requests(), 0)
      yield* serve(refresh, 5 * minute)
      assert.notStrictEqual(access(yield* stored()), access(credential))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(surroundings({ journal: paper })))
  })

  it.scoped("refresh a login that lives for ten minutes twice in that time, not all the time", () =>
    Effect.gen(function* () {
      const { authority } = yield* signedIn(minute)
      authority.script.always({ expiresIn: 600 })
      for (const instance of ["one", "two"]) yield* gateway(instance)
      yield* TestClock.adjust(20 * minute)
      const { grants, reuses } = authority.families.counters()
      assert.strictEqual(reuses, 0)
      assert.isAbove(grants, 2)
      assert.isBelow(grants, 7)
    }).pipe(Effect.provide(surroundings()))
  )
})
