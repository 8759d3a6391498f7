import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import * as TokenScript from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { refreshes } from "../../src/Metric/processMetrics.ts"
import * as OAuthRefreshModule from "../../src/OAuth/OAuthRefresh.ts"
import {
  access,
  health,
  layerWorld,
  login,
  main,
  profile,
  store,
  stored,
  surroundings
} from "./world.ts"

const hour = 3_600_000
const now = 1_000 * hour

const begin = (left: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const refresh = yield* OAuthRefresh
    const credential = login(authority.families.signIn(), now + left)
    yield* store(credential)
    return { authority, refresh, credential, asked: { owner: main, profile, credential } }
  })

describe("OAuthRefresh", () => {
  it.effect("uses a token with more than two minutes left as it is", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(121_000)
      assert.strictEqual(yield* refresh.ensureFresh(asked), credential)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "refreshes once in the background between two minutes and thirty seconds, and keeps serving",
    () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(100_000)
        const served = yield* Effect.all(
          Arr.makeBy(50, () => refresh.ensureFresh(asked)),
          { concurrency: "unbounded" }
        )
        assert.isTrue(served.every((one) => one === credential))
        yield* TestClock.adjust("11 seconds")
        const fresh = yield* stored()
        assert.notStrictEqual(access(fresh), access(credential))
        assert.strictEqual(access(yield* refresh.ensureFresh(asked)), access(fresh))
        assert.strictEqual(authority.families.counters().grants, 1)
      }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "refreshes an expired login when it is needed, stores it, and shares the one refresh " +
      "among all callers (conformance 12)",
    () =>
      Effect.gen(function* () {
        const { asked, authority, refresh } = yield* begin(-1)
        authority.script.push({ beforeMs: 20_000 })
        const callers = yield* Effect.fork(
          Effect.all(
            Arr.makeBy(64, () => refresh.ensureFresh(asked)),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust("20 seconds")
        const served = yield* Fiber.join(callers)
        const fresh = yield* stored()
        assert.isTrue(served.every((one) => access(one) === access(fresh)))
        assert.strictEqual(fresh.expires, now + 20_000 + 8 * hour - 300_000)
        assert.deepStrictEqual(authority.families.counters(), {
          grants: 1,
          reuses: 0,
          refusals: 0,
          revokedFamilies: 0
        })
      }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("does not lose a grant when every caller goes away while it is under way", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      authority.script.push({ beforeMs: 5_000 })
      const caller = yield* Effect.fork(refresh.ensureFresh(asked))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(caller)
      yield* TestClock.adjust("5 seconds")
      assert.notStrictEqual(access(yield* stored()), access(credential))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("finishes a grant that is under way when the program ends", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now - 1)
      yield* store(credential)
      authority.script.push({ beforeMs: 5_000 })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(OAuthRefreshModule.layer, scope)
      yield* Effect.fork(
        Effect.flatMap(OAuthRefresh, (refresh) =>
          refresh.ensureFresh({ owner: main, profile, credential })
        ).pipe(Effect.provide(context))
      )
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.notStrictEqual(access(yield* stored()), access(credential))
    }).pipe(Effect.provide(surroundings()))
  )

  it.effect(
    "refreshes once for a token that was refused, and not again for who was refused with the " +
      "old one",
    () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(4 * hour)
        const refused = Credential.secretFingerprint(credential)
        const renewed = Option.getOrThrow(yield* refresh.afterRefusal(asked, refused))
        assert.notStrictEqual(access(renewed), access(credential))
        const again = Option.getOrThrow(yield* refresh.afterRefusal(asked, refused))
        assert.strictEqual(access(again), access(renewed))
        assert.strictEqual(authority.families.counters().grants, 1)
      }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "does not refresh for a refusal what was refreshed less than a minute ago, by whom ever",
    () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(4 * hour)
        const first = Credential.secretFingerprint(credential)
        const renewed = Option.getOrThrow(yield* refresh.afterRefusal(asked, first))
        const login = { ...asked, credential: renewed }
        const second = Credential.secretFingerprint(renewed)
        assert.isTrue(Option.isNone(yield* refresh.afterRefusal(login, second)))
        // Another process has only what is stored.
        const other = yield* Effect.map(Layer.build(OAuthRefreshModule.layer), (context) =>
          Context.get(context, OAuthRefresh)
        )
        assert.isTrue(Option.isNone(yield* other.afterRefusal(login, second)))
        assert.strictEqual(authority.families.counters().grants, 1)
        // A person who asks for it gets it.
        assert.notStrictEqual(access(yield* other.refreshNow(login)), access(renewed))
        yield* TestClock.adjust("1 minute")
        const newest = yield* stored()
        const third = yield* refresh.afterRefusal(
          { ...asked, credential: newest },
          Credential.secretFingerprint(newest)
        )
        assert.isTrue(Option.isSome(third))
        assert.strictEqual(authority.families.counters().grants, 3)
      }).pipe(Effect.scoped, Effect.provide(layerWorld()))
  )

  it.effect("refreshes for a refusal what another process refreshed longer ago", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(4 * hour)
      const theirs = login(authority.families.signIn(), now + 5 * hour)
      yield* store(theirs)
      const first = yield* refresh.afterRefusal(asked, Credential.secretFingerprint(credential))
      assert.strictEqual(access(Option.getOrThrow(first)), access(theirs))
      assert.strictEqual(authority.requests(), 0)
      const second = yield* refresh.afterRefusal(
        { ...asked, credential: theirs },
        Credential.secretFingerprint(theirs)
      )
      assert.isTrue(Option.isSome(second))
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("takes over what another process stored meanwhile", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      const redeemed = authority.families.redeem("nothing of ours")
      assert.strictEqual(redeemed._tag, "Refused")
      const theirs = login(
        { access: "theirs", refresh: "their refresh token", account: "account-1" },
        now + hour
      )
      yield* store(theirs)
      assert.strictEqual(access(yield* refresh.ensureFresh(asked)), "theirs")
      assert.strictEqual(authority.requests(), 0)
      assert.notStrictEqual(refreshFingerprint(theirs), refreshFingerprint(credential))
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("gives every agent's copy of the token the one grant", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      const [work, home] = [AgentId.normalize("work"), AgentId.normalize("home")]
      yield* store(credential, work)
      yield* store(credential, home)
      const all = yield* Effect.all(
        [asked, { ...asked, owner: work }, { ...asked, owner: home }].map((one) =>
          refresh.ensureFresh(one)
        ),
        { concurrency: "unbounded" }
      )
      for (const agent of [main, work, home])
        assert.strictEqual(access(yield* stored(agent)), access(yield* stored()))
      assert.strictEqual(new Set(all.map(access)).size, 1)
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "work", "home"] })))
  )

  it.effect("redeems no copy that the journal knows as older, and leaves it as it is", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust("8 hours")
      yield* refresh.ensureFresh({ ...asked, credential: yield* stored() })
      const late = AgentId.normalize("late")
      yield* store(credential, late)
      // Long enough for this process to have forgotten the generation itself.
      yield* TestClock.adjust("15 minutes")
      const failed = yield* Effect.flip(refresh.ensureFresh({ ...asked, owner: late }))
      assert.deepInclude(failed, { cause: "superseded", agent: "late", newerIn: "main" })
      assert.strictEqual(access(yield* stored(late)), access(credential))
      assert.isUndefined((yield* health(late)).needsLogin)
      assert.deepStrictEqual(authority.families.counters(), {
        grants: 2,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "late"] })))
  )

  it.effect("keeps the refresh token when none comes back", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      authority.script.push({ keepRefresh: true })
      const first = yield* refresh.ensureFresh(asked)
      assert.strictEqual(refreshFingerprint(first), refreshFingerprint(credential))
      yield* TestClock.adjust("8 hours")
      const second = yield* refresh.ensureFresh({ ...asked, credential: first })
      assert.notStrictEqual(access(second), access(first))
      assert.deepStrictEqual(authority.families.counters(), {
        grants: 2,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("stops hard when the response is for another account", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      authority.script.push({ account: "somebody else" })
      const failure = yield* Effect.flip(refresh.ensureFresh(asked))
      assert.strictEqual(failure.cause, "account_changed")
      assert.strictEqual(access(yield* stored()), access(credential))
      assert.strictEqual((yield* health()).needsLogin?.cause, "account_changed")
      yield* TestClock.adjust("1 minute")
      yield* Effect.flip(refresh.ensureFresh(asked))
      assert.strictEqual(authority.requests(), 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "ends a login that the provider revoked, deletes nothing, and asks no second time",
    () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(-1)
        authority.families.revoke("unknown")
        authority.script.push({ instead: { status: 400, body: '{"error":"invalid_grant"}' } })
        const failure = yield* Effect.flip(refresh.ensureFresh(asked))
        assert.strictEqual(failure.cause, "revoked")
        assert.strictEqual(failure.detail, "invalid_grant")
        assert.strictEqual(access(yield* stored()), access(credential))
        assert.strictEqual((yield* health()).needsLogin?.cause, "revoked")
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Effect.flip(refresh.ensureFresh(asked))).cause, "revoked")
        assert.strictEqual(authority.requests(), 1)
      }).pipe(Effect.provide(layerWorld()))
  )

  for (const [name, step, cause] of [
    ["an endpoint that throttles for an hour", TokenScript.throttled(3_600), "throttled"],
    ["an endpoint that cannot be reached", { unreachable: true }, "offline"],
    ["a page instead of a token", TokenScript.html(200), "malformed"],
    ["a failing gateway", TokenScript.html(502), "server"],
    ["an endpoint that never answers", { beforeMs: 10 * hour }, "offline"]
  ] as const) {
    it.effect(`changes nothing for ${name}, and comes back when it does`, () =>
      Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(-1)
        authority.script.always(step)
        const caller = yield* Effect.fork(Effect.flip(refresh.ensureFresh(asked)))
        yield* TestClock.adjust("31 seconds")
        const failure = yield* Fiber.join(caller)
        assert.strictEqual(failure.cause, cause)
        assert.strictEqual(access(yield* stored()), access(credential))
        assert.isUndefined((yield* health()).needsLogin)
        assert.isAtMost(authority.requests(), 12)
        authority.script.always({})
        yield* TestClock.adjust("1 hour")
        assert.isTrue(authority.families.isCurrent(access(yield* refresh.ensureFresh(asked))))
        assert.strictEqual(authority.families.counters().reuses, 0)
      }).pipe(Effect.provide(layerWorld()))
    )
  }

  it.effect("leaves a throttling endpoint alone for as long as it asks", () =>
    Effect.gen(function* () {
      const { asked, authority, refresh } = yield* begin(-1)
      authority.script.always(TokenScript.throttled(3_600))
      const first = yield* Effect.flip(refresh.ensureFresh(asked))
      assert.strictEqual(first.retryAt, now + hour)
      yield* TestClock.adjust("59 minutes")
      yield* Effect.flip(refresh.ensureFresh(asked))
      assert.strictEqual(authority.requests(), 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("uses a token to its last second when it cannot be refreshed", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(20_000)
      authority.script.always(TokenScript.throttled(3_600))
      assert.strictEqual(yield* refresh.ensureFresh(asked), credential)
      yield* TestClock.adjust("21 seconds")
      assert.strictEqual((yield* Effect.flip(refresh.ensureFresh(asked))).cause, "throttled")
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("tries again within its time limit when the trouble passes", () =>
    Effect.gen(function* () {
      const { asked, authority, refresh } = yield* begin(-1)
      authority.script.push({ unreachable: true }, TokenScript.html(503), { unreachable: true })
      const caller = yield* Effect.fork(refresh.ensureFresh(asked))
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(authority.families.isCurrent(access(yield* Fiber.join(caller))))
      assert.strictEqual(authority.requests(), 4)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "ends a login whose answer was lost after the provider had rotated it, with one more try " +
      "and no loop",
    () =>
      Effect.gen(function* () {
        const { asked, authority, refresh } = yield* begin(-1)
        authority.script.push({ lose: true })
        const caller = yield* Effect.fork(Effect.flip(refresh.ensureFresh(asked)))
        yield* TestClock.adjust("30 seconds")
        const failure = yield* Fiber.join(caller)
        assert.strictEqual(failure.cause, "consumed")
        assert.strictEqual((yield* health()).needsLogin?.cause, "consumed")
        yield* TestClock.adjust("1 hour")
        yield* Effect.flip(refresh.ensureFresh(asked))
        assert.strictEqual(authority.requests(), 2)
      }).pipe(Effect.provide(layerWorld()))
  )

  it.effect("hands out a token that is still good while the token endpoint is away", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(20_000)
      // It neither answers nor refuses for as long as a whole refresh may take.
      authority.script.push({ beforeMs: 60_000 })
      const caller = yield* Effect.fork(refresh.ensureFresh(asked))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(access(yield* Fiber.join(caller)), access(credential))
      // With a second left it is not waited for longer than half of that.
      yield* TestClock.adjust("14 seconds")
      const last = yield* Effect.fork(refresh.ensureFresh(asked))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(access(yield* Fiber.join(last)), access(credential))
      yield* TestClock.adjust("1 minute")
      assert.isAtMost(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.effect(
    "reads an answer again that could not be read when it came, and asks for no other",
    () => {
      const journal = RefreshJournalMemory.paper()
      return Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(-1)
        authority.script.push({ packed: "unknown" })
        const failed = yield* Effect.flip(refresh.ensureFresh(asked))
        assert.strictEqual(failed.cause, "malformed")
        yield* TestClock.adjust("10 seconds")
        // The memory layer reads a kept answer as a version does that knows the packing.
        const fresh = yield* refresh.ensureFresh(asked)
        assert.isTrue(authority.families.isCurrent(access(fresh)))
        assert.strictEqual(access(yield* stored()), access(fresh))
        assert.strictEqual(authority.requests(), 1)
        assert.deepInclude(journal.entries.get(refreshFingerprint(credential)), { _tag: "Settled" })
      }).pipe(Effect.provide(layerWorld({ journal })))
    }
  )

  it.effect("redeems nothing when the journal cannot be written", () => {
    const journal = RefreshJournalMemory.paper()
    journal.full = () => true
    return Effect.gen(function* () {
      const { asked, authority, refresh } = yield* begin(-1)
      const counted = (result: string) =>
        Effect.map(
          Metric.value(refreshes.metric),
          ({ occurrences }) => occurrences.get(result) ?? 0
        )
      const before = [yield* counted("store"), yield* counted("granted")] as const
      assert.strictEqual((yield* Effect.flip(refresh.ensureFresh(asked))).cause, "store")
      assert.strictEqual(authority.requests(), 0)
      journal.full = () => false
      yield* TestClock.adjust("6 seconds")
      assert.isTrue(authority.families.isCurrent(access(yield* refresh.ensureFresh(asked))))
      assert.deepStrictEqual(
        [yield* counted("store"), yield* counted("granted")],
        [before[0] + 1, before[1] + 1]
      )
    }).pipe(Effect.provide(layerWorld({ journal })))
  })

  it.effect("keeps an answer that no store could take until one can", () => {
    const obstacles = { unwritable: new Set([main]) }
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      const served = yield* refresh.ensureFresh(asked)
      assert.isTrue(authority.families.isCurrent(access(served)))
      assert.strictEqual(access(yield* stored()), access(credential))
      assert.strictEqual(journal.entries.get(refreshFingerprint(credential))?._tag, "Answered")
      obstacles.unwritable.clear()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(access(yield* stored()), access(served))
      assert.strictEqual(journal.entries.get(refreshFingerprint(credential))?._tag, "Settled")
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld({ obstacles, journal })))
  })

  it.effect("keeps an answer that neither the journal nor the store could take", () => {
    const obstacles = { unwritable: new Set([main]) }
    const journal = RefreshJournalMemory.paper()
    journal.full = (tag) => tag !== "Intent"
    return Effect.gen(function* () {
      const { asked, authority, refresh } = yield* begin(-1)
      const served = yield* refresh.ensureFresh(asked)
      yield* TestClock.adjust("20 minutes")
      obstacles.unwritable.clear()
      journal.full = () => false
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(access(yield* stored()), access(served))
      assert.deepStrictEqual(authority.families.counters(), {
        grants: 1,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
    }).pipe(Effect.provide(layerWorld({ obstacles, journal })))
  })

  it.effect(
    "finishes what another process was killed over: the answer is in the journal, not in the store",
    () => {
      const journal = RefreshJournalMemory.paper()
      return Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(-1)
        const { RefreshJournal } = yield* Effect.promise(
          () => import("../../src/OAuth/RefreshJournal.ts")
        )
        const { TokenEndpoint } = yield* Effect.promise(
          () => import("../../src/OAuth/TokenEndpoint.ts")
        )
        const grant = yield* Effect.flatMap(TokenEndpoint, (endpoint) =>
          endpoint.refresh({ refreshToken: credential.refresh, clientId: "", tokenUrl: "" })
        )
        yield* Effect.flatMap(RefreshJournal, (written) =>
          written.record(refreshFingerprint(credential), { _tag: "Answered", at: now, grant })
        )
        const served = yield* refresh.ensureFresh(asked)
        assert.isTrue(authority.families.isCurrent(access(served)))
        assert.strictEqual(access(yield* stored()), access(served))
        assert.strictEqual(authority.requests(), 1)
        assert.strictEqual(journal.entries.get(refreshFingerprint(credential))?._tag, "Settled")
      }).pipe(Effect.provide(layerWorld({ journal })))
    }
  )

  it.effect(
    "an intent that another process left behind: the token is good when the provider never saw it",
    () => {
      const journal = RefreshJournalMemory.paper()
      return Effect.gen(function* () {
        const { asked, authority, credential, refresh } = yield* begin(-1)
        journal.entries.set(refreshFingerprint(credential), { _tag: "Intent", at: now - 1 })
        assert.isTrue(authority.families.isCurrent(access(yield* refresh.ensureFresh(asked))))
        assert.strictEqual(authority.families.counters().reuses, 0)
      }).pipe(Effect.provide(layerWorld({ journal })))
    }
  )

  it.effect("never redeems a token the journal knows as used up", () => {
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(-1)
      journal.entries.set(refreshFingerprint(credential), {
        _tag: "Settled",
        at: now - 1,
        successor: "gone"
      })
      assert.strictEqual((yield* Effect.flip(refresh.ensureFresh(asked))).cause, "consumed")
      assert.strictEqual((yield* health()).needsLogin?.cause, "consumed")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld({ journal })))
  })

  it.effect("uses a login without a refresh token as long as it may be good, and no longer", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, refresh } = yield* begin(10_000)
      const fixed = { ...credential, refresh: Redacted.make("") }
      const given = { ...asked, credential: fixed }
      assert.strictEqual(yield* refresh.ensureFresh(given), fixed)
      yield* TestClock.adjust("10 seconds")
      const failed = yield* Effect.flip(refresh.ensureFresh(given))
      assert.deepInclude(failed, { cause: "consumed", detail: "no refresh token is stored" })
      assert.strictEqual((yield* Effect.flip(refresh.refreshNow(given))).cause, "consumed")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )
})
