import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { TokenEndpoint } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as SharedLoginMemory from "@clawdbot/testing/ClaudeCode/SharedLoginMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import { access, layerWorld, login, main, profile, store, stored } from "./world.ts"

const hour = 3_600_000
const now = 1_000 * hour

const keep = Effect.flatMap(Effect.scope, (scope) => Layer.buildWithScope(LoginKeeper.layer, scope))

describe("LoginKeeper", () => {
  it.scoped(
    "keeps a login fresh without a request, ahead of its end, with one grant each time",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const authority = yield* TokenAuthority
        // Twenty minutes of life, of which a tenth is left unused.
        authority.script.always({ expiresIn: 1_200 })
        yield* store(login(authority.families.signIn(), now + 1_080_000))
        yield* keep
        for (let grants = 1; grants <= 3; grants++) {
          const before = yield* stored()
          const left = before.expires - (yield* Clock.currentTimeMillis)
          yield* TestClock.adjust(left - 130_000)
          assert.strictEqual(access(yield* stored()), access(before))
          yield* TestClock.adjust(100_000)
          assert.isTrue(authority.families.isCurrent(access(yield* stored())))
          assert.deepStrictEqual(authority.families.counters(), {
            grants,
            reuses: 0,
            refusals: 0,
            revokedFamilies: 0
          })
        }
      }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("leaves a login alone that is over, or that a person disabled", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const over = login(authority.families.signIn(), now - 1)
      yield* store(over)
      yield* store(
        { ...login(authority.families.signIn(), now - 1), disabled: true },
        main,
        ProfileId.of("anthropic:off")
      )
      const healths = yield* HealthStore
      yield* healths.record(main, profile, Credential.secretFingerprint(over), {
        _tag: "LoginEnded",
        at: now,
        cause: "revoked"
      })
      yield* keep
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("redeems no copy of a login but the freshest, however long it runs", () => {
    const work = AgentId.normalize("work")
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { families } = yield* TokenAuthority
      const before = families.signIn("me")
      const rotated = families.redeem(before.refresh)
      if (rotated._tag === "Refused") return yield* Effect.dieMessage("the first use is granted")
      const stale = login(before, now - hour)
      yield* store(login(rotated.tokens, now + hour))
      yield* store(stale, work)
      yield* keep
      yield* TestClock.adjust("62 minutes")
      assert.deepInclude(families.counters(), { reuses: 0, refusals: 0, revokedFamilies: 0 })
      assert.strictEqual(families.counters().grants, 2)
      assert.isTrue(families.isCurrent(access(yield* stored())))
      assert.strictEqual(access(yield* stored(work)), access(stale))
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "work"] })))
  })

  it.scoped("does not renew a login by itself that may be an older copy of another", () => {
    const work = AgentId.normalize("work")
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { families } = yield* TokenAuthority
      const unnamed = (tokens: ReturnType<typeof families.signIn>, expires: number) => ({
        ...login(tokens, expires),
        accountId: undefined
      })
      yield* store(unnamed(families.signIn("me"), now + 2 * hour))
      yield* store(unnamed(families.signIn("you"), now + hour), work)
      yield* keep
      yield* TestClock.adjust("119 minutes")
      assert.strictEqual(families.counters().grants, 1)
      const answered = yield* (yield* OAuthRefresh)
        .ensureFresh({
          owner: work,
          profile,
          credential: yield* stored(work)
        })
        .pipe(Effect.flip)
      assert.deepInclude(answered, { cause: "unclear", newerIn: "main" })
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "work"] })))
  })

  it.scoped("finishes what an earlier process began", () => {
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now + 4 * hour)
      yield* store(credential)
      const endpoint = yield* TokenEndpoint
      const grant = yield* endpoint.refresh({
        refreshToken: credential.refresh,
        clientId: "",
        tokenUrl: ""
      })
      journal.entries.set(refreshFingerprint(credential), { _tag: "Answered", at: now, grant })
      yield* keep
      yield* TestClock.adjust("1 second")
      assert.strictEqual(access(yield* stored()), Redacted.value(grant.access))
      assert.strictEqual(authority.requests(), 1)
    }).pipe(Effect.provide(layerWorld({ journal })))
  })

  it.scoped("tries a write-back to Claude Code again until it is made", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now + 60_000)
      yield* store(credential, main, ProfileId.claudeCode)
      claudeCode.login = Option.some(credential)
      claudeCode.readOnly = true
      yield* keep
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(Option.getOrThrow(claudeCode.login), credential)
      claudeCode.readOnly = false
      yield* TestClock.adjust("1 minute")
      const theirs = Option.getOrThrow(claudeCode.login)
      assert.strictEqual(
        theirs.type === "oauth" && access(theirs),
        access(yield* stored(main, ProfileId.claudeCode))
      )
      assert.deepStrictEqual(authority.families.counters(), {
        grants: 1,
        reuses: 0,
        refusals: 0,
        revokedFamilies: 0
      })
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })
})
