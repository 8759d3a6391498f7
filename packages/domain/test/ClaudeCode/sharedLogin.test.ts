import { reconcileLogin } from "@clawdbot/domain/ClaudeCode/reconcileLogin"
import { decide } from "@clawdbot/domain/ClaudeCode/sharedDecision"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { KeptAside, KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import * as Logout from "@clawdbot/domain/Profile/logout"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as SharedLoginMemory from "@clawdbot/testing/ClaudeCode/SharedLoginMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"
import { access, layerWorld, login, main, store, stored } from "../OAuth/world.ts"

const hour = 3_600_000
const now = 1_000 * hour
const follower = ProfileId.claudeCode

const theirsOf = (other: SharedLoginMemory.OtherProgram): Credential.OAuth => {
  const theirs = Option.getOrThrow(other.login)
  if (theirs.type !== "oauth") throw new Error("not a login")
  return theirs
}

describe("a login shared with Claude Code", () => {
  it.effect("is refreshed once, and Claude Code gets the new tokens", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now - 1)
      claudeCode.login = Option.some(credential)
      yield* store(credential, main, follower)
      const refresh = yield* OAuthRefresh
      const served = yield* refresh.ensureFresh({ owner: main, profile: follower, credential })
      assert.strictEqual(access(theirsOf(claudeCode)), access(served))
      assert.strictEqual(refreshFingerprint(theirsOf(claudeCode)), refreshFingerprint(served))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.effect("waits while Claude Code refreshes, and takes what it got", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const tokens = authority.families.signIn()
      const credential = login(tokens, now - 1)
      claudeCode.login = Option.some(credential)
      yield* store(credential, main, follower)
      const refresh = yield* OAuthRefresh
      yield* claudeCode.lock.take(1)
      const ours = yield* Effect.fork(
        refresh.ensureFresh({ owner: main, profile: follower, credential })
      )
      yield* TestClock.adjust("3 seconds")
      const redeemed = authority.families.redeem(tokens.refresh)
      if (redeemed._tag === "Refused") return yield* Effect.dieMessage("the first use is good")
      claudeCode.login = Option.some(login(redeemed.tokens, now + 8 * hour))
      yield* claudeCode.lock.release(1)
      assert.strictEqual(access(yield* Fiber.join(ours)), redeemed.tokens.access)
      assert.strictEqual(access(yield* stored(main, follower)), redeemed.tokens.access)
      assert.deepStrictEqual(authority.families.counters(), {
        grants: 1,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.effect("is left to Claude Code where it could never be given the new tokens", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now - 1)
      claudeCode.login = Option.some(credential)
      claudeCode.full = true
      yield* store(credential, main, follower)
      const refresh = yield* OAuthRefresh
      const failure = yield* Effect.flip(
        refresh.ensureFresh({ owner: main, profile: follower, credential })
      )
      assert.deepInclude(failure, { cause: "store", detail: "SharedLoginUnavailable EMSGSIZE" })
      assert.strictEqual(authority.families.counters().grants, 0)
      // Claude Code did it itself: that is taken.
      claudeCode.login = Option.some(login(authority.families.signIn(), now + 8 * hour))
      yield* TestClock.adjust("10 seconds")
      const served = yield* refresh.ensureFresh({ owner: main, profile: follower, credential })
      assert.strictEqual(access(served), access(theirsOf(claudeCode)))
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.effect(
    "does not go back to the spent token of Claude Code's after a write-back that failed",
    () => {
      const claudeCode = SharedLoginMemory.otherProgram()
      return Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const authority = yield* TokenAuthority
        const credential = login(authority.families.signIn(), now - 1)
        claudeCode.login = Option.some(credential)
        claudeCode.readOnly = true
        yield* store(credential, main, follower)
        const refresh = yield* OAuthRefresh
        const first = yield* refresh.ensureFresh({ owner: main, profile: follower, credential })
        yield* TestClock.adjust("8 hours")
        const second = yield* refresh.ensureFresh({
          owner: main,
          profile: follower,
          credential: first
        })
        assert.isTrue(authority.families.isCurrent(access(second)))
        claudeCode.readOnly = false
        assert.strictEqual(yield* reconcileLogin(main), "given")
        assert.strictEqual(access(theirsOf(claudeCode)), access(second))
        assert.strictEqual(yield* reconcileLogin(main), "in step")
        assert.deepStrictEqual(authority.families.counters(), {
          grants: 2,
          reuses: 0,
          refusals: 0,
          revokedFamilies: 0
        })
      }).pipe(Effect.provide(layerWorld({ claudeCode })))
    }
  )

  it.effect("goes on with Claude Code's own login when the stored one is over", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const old = authority.families.signIn()
      authority.families.revoke(old.refresh)
      const credential = login(old, now + 20_000)
      claudeCode.login = Option.some(login(authority.families.signIn(), now + 10_000))
      yield* store(credential, main, follower)
      const refresh = yield* OAuthRefresh
      const served = yield* refresh.ensureFresh({ owner: main, profile: follower, credential })
      assert.isTrue(authority.families.isCurrent(access(served)))
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.effect("is never touched for a profile that does not follow Claude Code", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now - 1)
      claudeCode.login = Option.some(login(authority.families.signIn(), now + 8 * hour))
      yield* claudeCode.lock.take(1)
      yield* store(credential)
      const refresh = yield* OAuthRefresh
      const served = yield* refresh.ensureFresh({
        owner: main,
        profile: ProfileId.of("anthropic:default"),
        credential
      })
      assert.isTrue(authority.families.isCurrent(access(served)))
      assert.strictEqual(yield* reconcileLogin(main), "no consent")
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  const token = (text: string, expires: number): Credential.Token => ({
    type: "token",
    provider: ProviderId.anthropic,
    token: Redacted.make(text),
    expires,
    extra: Credential.noExtra
  })
  const key = (text: string): Credential.Credential => ({
    type: "api_key",
    provider: ProviderId.anthropic,
    key: Redacted.make(text),
    extra: Credential.noExtra
  })
  const oauth = (name: string, expires: number) =>
    login({ access: `a-${name}`, refresh: `r-${name}`, account: "x" }, expires)

  for (const [name, ours, theirs, expected] of [
    [
      "a token becomes a login, even one that ends sooner",
      token("t", now + hour),
      oauth("c", now + 1),
      "replaced"
    ],
    ["a key becomes a login", key("k"), oauth("c", now + 1), "replaced"],
    ["a login never becomes a token", oauth("s", now - 1), token("t", now + hour), "apart"],
    ["a token becomes one that lives longer", token("t", now), token("u", now + 1), "replaced"],
    ["a token does not become one that ends sooner", token("t", now + 1), token("u", now), "apart"],
    [
      "an older login does not replace a newer one, though that ended",
      oauth("s", now - 1),
      oauth("c", now - 2),
      "apart"
    ],
    ["a newer login replaces an older one", oauth("s", now - 1), oauth("c", now + 1), "taken"],
    ["the same login stays", oauth("s", now - 1), oauth("s", now - 1), "in step"]
  ] as const) {
    it.effect(name, () => {
      const claudeCode = SharedLoginMemory.otherProgram(theirs)
      return Effect.gen(function* () {
        const profiles = yield* ProfileStore
        yield* profiles.modify(main, (document) =>
          Either.right({
            document: { ...document, profiles: new Map([[follower, ours]]) },
            result: undefined
          })
        )
        assert.strictEqual(yield* reconcileLogin(main), expected)
        const after = (yield* profiles.read(main)).document.profiles.get(follower)
        assert.strictEqual(
          after === undefined ? "" : Credential.secretFingerprint(after),
          Credential.secretFingerprint(
            expected === "taken" || expected === "replaced" ? theirs : ours
          )
        )
        // What may still answer is never lost (decision D38): it is kept, and comes back.
        const which = { agent: main, profile: follower }
        const kept = yield* (yield* KeptAside).find(main, follower)
        assert.lengthOf(kept, expected === "replaced" ? 1 : 0)
        if (expected !== "replaced") return
        assert.deepStrictEqual(yield* Logout.undo(which), { _tag: "Restored", isSwapped: true })
        assert.strictEqual((yield* profiles.read(main)).document.profiles.get(follower), ours)
      }).pipe(Effect.provide(layerWorld({ claudeCode })))
    })
  }

  it.effect("stays where what it would replace cannot be kept", () => {
    const claudeCode = SharedLoginMemory.otherProgram(oauth("c", now + 1))
    const full = Layer.succeed(KeptAside, {
      find: () => Effect.succeed([]),
      modify: () => new KeptAsideUnavailable({ path: "/x", operation: "write", code: "ENOSPC" })
    })
    return Effect.gen(function* () {
      const profiles = yield* ProfileStore
      const ours = token("t", now)
      yield* profiles.modify(main, (document) =>
        Either.right({
          document: { ...document, profiles: new Map([[follower, ours]]) },
          result: undefined
        })
      )
      const refused = yield* Effect.flip(Effect.provide(reconcileLogin(main), full))
      assert.strictEqual(refused._tag, "KeptAsideUnavailable")
      assert.strictEqual((yield* profiles.read(main)).document.profiles.get(follower), ours)
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.effect("is not given to Claude Code when a person signed in there meanwhile", () => {
    const claudeCode = SharedLoginMemory.otherProgram(oauth("old", now))
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const credential = oauth("new", now + hour)
      journal.entries.set(refreshFingerprint(oauth("old", now)), {
        _tag: "Settled",
        at: 1,
        successor: refreshFingerprint(credential)
      })
      yield* store(credential, main, follower)
      yield* claudeCode.lock.take(1)
      const giving = yield* Effect.fork(reconcileLogin(main))
      yield* Effect.yieldNow()
      const fresh = oauth("signed in", now + 2 * hour)
      claudeCode.login = Option.some(fresh)
      yield* claudeCode.lock.release(1)
      assert.strictEqual(yield* Fiber.join(giving), "in step")
      assert.strictEqual(theirsOf(claudeCode), fresh)
    }).pipe(Effect.provide(layerWorld({ claudeCode, journal })))
  })

  it("never takes an older login: whatever the dates, lineage decides", () => {
    const time = fc.integer({ min: 0, max: 1_000 })
    fc.assert(
      fc.property(
        time,
        time,
        fc.boolean(),
        fc.boolean(),
        (mine, other, storedIsConsumed, theirsIsConsumed) => {
          const decision = decide(oauth("s", mine), oauth("c", other), {
            storedIsConsumed,
            theirsIsConsumed,
            storedFollowsTheirs: false
          })
          if (theirsIsConsumed) return decision === "apart"
          return decision === (storedIsConsumed || other > mine ? "theirs" : "apart")
        }
      )
    )
  })
})
