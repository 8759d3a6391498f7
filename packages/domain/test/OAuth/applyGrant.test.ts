/** How an answer, or the end of a login, reaches the stores, their health and Claude Code. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { applyGrant, endLogin } from "@clawdbot/domain/OAuth/applyGrant"
import type { LockedRefresh } from "@clawdbot/domain/OAuth/refreshPorts"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import type { TokenGrant } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { fingerprint } from "@clawdbot/domain/Profile/Secret"
import * as SharedLoginMemory from "@clawdbot/testing/ClaudeCode/SharedLoginMemory"
import type { Obstacles } from "@clawdbot/testing/OAuth/HeldStoresMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { locked, ports } from "./ports.ts"
import { access, health, layerWorld, login, main, profile, store, stored } from "./world.ts"

const hour = 3_600_000
const now = 1_000 * hour
const work = AgentId.normalize("work")
const due = { _tag: "Due" } as const
const grant: TokenGrant = {
  access: Redacted.make("new access"),
  refresh: Redacted.make("new refresh"),
  expiresInMs: 8 * hour
}

/** A login in two stores, both held. */
const begin = (id = profile) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(), now - 1)
    yield* store(credential, main, id)
    yield* store(credential, work, id)
    const made = yield* ports
    const held = [yield* made.stores.hold(main), yield* made.stores.hold(work)]
    const asked = { owner: main, profile: id, credential }
    return { authority, credential, made, held, asked }
  })

describe("applyGrant", () => {
  it.scoped("writes every held store, settles the journal, and lets health follow", () => {
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, credential, held, made } = yield* begin()
      const at = yield* locked(made, asked, due, { held })
      yield* applyGrant(made, at, { grant, at: now })
      for (const agent of [main, work]) {
        assert.strictEqual(access(yield* stored(agent)), "new access")
        assert.strictEqual((yield* health(agent)).renewedAt, now)
      }
      assert.deepStrictEqual(journal.entries.get(refreshFingerprint(credential)), {
        _tag: "Settled",
        at: now,
        successor: fingerprint(Redacted.make("new refresh"))
      })
      assert.strictEqual(made.unclaimed.size, 0)
    }).pipe(Effect.provide(layerWorld({ journal, agents: ["main", "work"] })))
  })

  it.scoped("keeps the answer in the journal and in memory while a store cannot take it", () => {
    const journal = RefreshJournalMemory.paper()
    const obstacles: Obstacles = { unwritable: new Set([work]) }
    return Effect.gen(function* () {
      const { asked, credential, held, made } = yield* begin()
      const mark = refreshFingerprint(credential)
      journal.entries.set(mark, { _tag: "Answered", at: now, grant })
      const at = yield* locked(made, asked, due, { held })
      yield* applyGrant(made, at, { grant, at: now })
      assert.strictEqual(access(yield* stored(main)), "new access")
      assert.strictEqual(access(yield* stored(work)), access(credential))
      assert.strictEqual(journal.entries.get(mark)?._tag, "Answered")
      assert.isTrue(made.unclaimed.has(mark))
    }).pipe(Effect.provide(layerWorld({ journal, obstacles, agents: ["main", "work"] })))
  })

  it.scoped("gives Claude Code the new tokens only where its own were the ones redeemed", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      const { asked, authority, credential, held, made } = yield* begin(ProfileId.claudeCode)
      const theirs = () => (Option.isSome(claudeCode.login) ? claudeCode.login.value : undefined)
      const apart = login(authority.families.signIn(), now + hour)
      for (const [before, isGiven] of [
        [apart, false],
        [credential, true]
      ] as const) {
        claudeCode.login = Option.some(before)
        const at = yield* Effect.scoped(locked(made, asked, due, { held, withClaudeCode: true }))
        yield* applyGrant(made, at, { grant, at: now })
        const after = theirs()
        assert.strictEqual(after?.type === "oauth" && access(after) === "new access", isGiven)
      }
    }).pipe(Effect.provide(layerWorld({ claudeCode, agents: ["main", "work"] })))
  })
})

describe("what else applyGrant meets", () => {
  it.scoped("a store without the login is left alone, and holds nothing up", () => {
    const journal = RefreshJournalMemory.paper()
    const obstacles: Obstacles = { unwritable: new Set([work]) }
    return Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const credential = login(authority.families.signIn(), now - 1)
      yield* store(credential)
      const apart = login(authority.families.signIn(), now + hour)
      yield* store(apart, work)
      const made = yield* ports
      const held = [yield* made.stores.hold(main), yield* made.stores.hold(work)]
      const at = yield* locked(made, { owner: main, profile, credential }, due, { held })
      yield* applyGrant(made, at, { grant, at: now })
      assert.strictEqual(access(yield* stored(work)), access(apart))
      assert.strictEqual(journal.entries.get(refreshFingerprint(credential))?._tag, "Settled")
      assert.strictEqual(made.unclaimed.size, 0)
    }).pipe(Effect.provide(layerWorld({ journal, obstacles, agents: ["main", "work"] })))
  })

  it.scoped("where the login is in no store any more, Claude Code keeps its own", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      const { asked, credential, made } = yield* begin(ProfileId.claudeCode)
      claudeCode.login = Option.some(credential)
      const at = yield* locked(made, asked, due, { held: [], withClaudeCode: true })
      yield* applyGrant(made, at, { grant, at: now })
      assert.deepStrictEqual(claudeCode.login, Option.some(credential))
    }).pipe(Effect.provide(layerWorld({ claudeCode, agents: ["main", "work"] })))
  })

  it.scoped("a store or a login of Claude Code's that takes nothing is logged, with why", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    claudeCode.readOnly = true
    const obstacles: Obstacles = { unwritable: new Set([work]) }
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, message }) => {
      lines.push([message, ...HashMap.toEntries(annotations).flat()].join(" "))
    })
    return Effect.gen(function* () {
      const { asked, credential, held, made } = yield* begin(ProfileId.claudeCode)
      claudeCode.login = Option.some(credential)
      const at = yield* locked(made, asked, due, { held, withClaudeCode: true })
      yield* applyGrant(made, at, { grant, at: now })
      const [ofStore, ofClaudeCode, ...others] = lines
      assert.match(ofStore ?? "", /not in its store yet; storing it will be retried/)
      assert.match(ofStore ?? "", /agent work/)
      assert.match(ofStore ?? "", /problem .*\S/)
      assert.match(ofClaudeCode ?? "", /Claude Code's login could not be updated; .* retried/)
      assert.match(ofClaudeCode ?? "", /problem .*EACCES/)
      assert.deepStrictEqual(others, [])
    }).pipe(
      Effect.provide(layerWorld({ claudeCode, obstacles, agents: ["main", "work"] })),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
  })
})

describe("endLogin", () => {
  it.scoped("says so of every profile with this token, and deletes nothing", () =>
    Effect.gen(function* () {
      const { asked, credential, held, made } = yield* begin()
      const at = yield* locked(made, asked, due, { held })
      const failed = yield* Effect.flip(endLogin(made, at, credential, "revoked", "invalid_grant"))
      assert.deepInclude(failed, { cause: "revoked", detail: "invalid_grant" })
      for (const agent of [main, work]) {
        assert.strictEqual((yield* health(agent)).needsLogin?.cause, "revoked")
        assert.strictEqual(access(yield* stored(agent)), access(credential))
      }
    }).pipe(Effect.provide(layerWorld({ agents: ["main", "work"] })))
  )

  it.scoped(
    "does not take Claude Code's copy of the very login that ended for a second one",
    () => {
      const claudeCode = SharedLoginMemory.otherProgram()
      return Effect.gen(function* () {
        const { asked, credential, held, made } = yield* begin(ProfileId.claudeCode)
        // Its access token may still look alive; its refresh token is the one that was refused.
        claudeCode.login = Option.some({ ...credential, expires: now + hour })
        const at = yield* locked(made, asked, due, { held, withClaudeCode: true })
        const failed = yield* Effect.flip(
          endLogin(made, at, credential, "revoked", "invalid_grant")
        )
        assert.strictEqual(failed.cause, "revoked")
        assert.strictEqual((yield* health(main, ProfileId.claudeCode)).needsLogin?.cause, "revoked")
      }).pipe(Effect.provide(layerWorld({ claudeCode, agents: ["main", "work"] })))
    }
  )

  it.scoped("nor one that is used up or has ended by itself", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, authority, credential, held, made } = yield* begin(ProfileId.claudeCode)
      const used = login(authority.families.signIn(), now + hour)
      journal.entries.set(refreshFingerprint(used), { _tag: "Settled", at: now, successor: "next" })
      const expired = login(authority.families.signIn(), now)
      for (const theirs of [used, expired]) {
        claudeCode.login = Option.some(theirs)
        const at = yield* Effect.scoped(locked(made, asked, due, { held, withClaudeCode: true }))
        const failed = yield* Effect.flip(
          endLogin(made, at, credential, "revoked", "invalid_grant")
        )
        assert.strictEqual(failed.cause, "revoked")
      }
    }).pipe(Effect.provide(layerWorld({ claudeCode, journal, agents: ["main", "work"] })))
  })

  it.scoped("nor a setup token, nor one that cannot be read", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      const { asked, credential, held, made } = yield* begin(ProfileId.claudeCode)
      const ends = (shared: LockedRefresh["shared"]) =>
        Effect.gen(function* () {
          const at = yield* locked(made, asked, due, { held, shared })
          const failed = yield* Effect.flip(
            endLogin(made, at, credential, "revoked", "invalid_grant")
          )
          assert.strictEqual(failed.cause, "revoked")
        })
      claudeCode.login = Option.some({
        type: "token",
        token: Redacted.make("sk-ant-oat01-x"),
        expires: now + hour,
        provider: credential.provider,
        extra: Credential.noExtra
      })
      const shared = yield* made.shared.hold
      yield* ends(Option.some(shared))
      const unreadable = new SharedLoginUnavailable({
        operation: "read",
        place: "memory:/.credentials.json",
        code: "EACCES"
      })
      yield* ends(Option.some({ ...shared, read: Effect.fail(unreadable) }))
    }).pipe(Effect.provide(layerWorld({ claudeCode, agents: ["main", "work"] })))
  })

  it.scoped("goes on with another login of Claude Code's, in every store that followed it", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      const { asked, authority, credential, held, made } = yield* begin(ProfileId.claudeCode)
      const second = login(authority.families.signIn(), now + hour)
      claudeCode.login = Option.some(second)
      const at = yield* locked(made, asked, due, { held, withClaudeCode: true })
      const outcome = yield* endLogin(made, at, credential, "revoked", "invalid_grant")
      assert.strictEqual(access(outcome.credential), access(second))
      for (const agent of [main, work]) {
        assert.strictEqual(access(yield* stored(agent, ProfileId.claudeCode)), access(second))
        assert.isUndefined((yield* health(agent, ProfileId.claudeCode)).needsLogin)
      }
    }).pipe(Effect.provide(layerWorld({ claudeCode, agents: ["main", "work"] })))
  })
})
