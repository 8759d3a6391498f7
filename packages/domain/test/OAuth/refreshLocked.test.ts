/** What one refresh does once all locks are held. */
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { CopyStatus } from "@clawdbot/domain/OAuth/LoginCopies"
import { refreshLocked } from "@clawdbot/domain/OAuth/refreshLocked"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as SharedLoginMemory from "@clawdbot/testing/ClaudeCode/SharedLoginMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { locked, ports } from "./ports.ts"
import { access, health, layerWorld, login, main, profile, store, stored } from "./world.ts"

const hour = 3_600_000
const now = 1_000 * hour

/** A stored login that ends after `left`, under a name. */
const begin = (left: number, id = profile) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const credential = login(authority.families.signIn(), now + left)
    yield* store(credential, main, id)
    return {
      authority,
      credential,
      made: yield* ports,
      asked: { owner: main, profile: id, credential }
    }
  })

const due = { _tag: "Due" } as const

describe("refreshLocked", () => {
  it.scoped("asks for nothing where the stored token is good enough by now", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, made } = yield* begin(hour)
      const at = yield* locked(made, asked, due)
      assert.deepStrictEqual(yield* refreshLocked(made, at), { _tag: "Done", credential })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("takes over what somebody else stored while the locks were waited for", () =>
    Effect.gen(function* () {
      const { asked, authority, made } = yield* begin(-1)
      const newer = login(authority.families.signIn(), now + hour)
      yield* store(newer)
      const at = yield* locked(made, asked, due)
      const outcome = yield* refreshLocked(made, at)
      assert.strictEqual(outcome._tag, "Done")
      assert.strictEqual(access(outcome.credential), access(newer))
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("redeems a copy only where it is the newest, whatever is demanded", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, made } = yield* begin(-1)
      const by = {
        owner: main,
        storePath: "/elsewhere",
        profile,
        credential,
        fingerprint: "elsewhere",
        writtenAt: 0
      }
      const mark = Credential.secretFingerprint(credential)
      const statuses: ReadonlyArray<CopyStatus> = [
        { _tag: "Superseded", by },
        { _tag: "Unclear", beside: by }
      ]
      for (const copy of statuses) {
        for (const demand of [
          due,
          { _tag: "Advisory" },
          { _tag: "Refused", accessFingerprint: mark },
          { _tag: "Asked", accessFingerprint: mark }
        ] as const) {
          const at = yield* Effect.scoped(locked(made, asked, demand, { copy }))
          const failed = yield* Effect.flip(refreshLocked(made, at))
          assert.strictEqual(failed.cause, copy._tag === "Superseded" ? "superseded" : "unclear")
        }
      }
      assert.strictEqual(authority.requests(), 0)
      assert.isUndefined((yield* health()).needsLogin)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("does not refresh for a refusal what was just refreshed, and does so when asked", () =>
    Effect.gen(function* () {
      const { asked, authority, credential, made } = yield* begin(hour)
      const mark = Credential.secretFingerprint(credential)
      yield* made.healths.record(main, profile, mark, {
        _tag: "Renewed",
        at: now - 59_999,
        previous: "before"
      })
      const refused = { _tag: "Refused", accessFingerprint: mark } as const
      const first = yield* Effect.scoped(locked(made, asked, refused))
      assert.deepStrictEqual(yield* refreshLocked(made, first), { _tag: "Recent", credential })
      assert.strictEqual(authority.requests(), 0)
      yield* TestClock.adjust("1 millis")
      const later = yield* Effect.scoped(locked(made, asked, refused))
      assert.strictEqual((yield* refreshLocked(made, later))._tag, "Done")
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("does not redeem a token of Claude Code's that it could not give back", () => {
    const claudeCode = SharedLoginMemory.otherProgram()
    return Effect.gen(function* () {
      const { asked, authority, credential, made } = yield* begin(-1, ProfileId.claudeCode)
      claudeCode.login = Option.some(credential)
      claudeCode.full = true
      const at = yield* locked(made, asked, due, { withClaudeCode: true })
      assert.strictEqual((yield* Effect.flip(refreshLocked(made, at))).cause, "store")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld({ claudeCode })))
  })

  it.scoped("finishes an answer of an earlier process before it looks at anything else", () => {
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, credential, made } = yield* begin(-1)
      const grant = yield* made.endpoint.refresh({
        refreshToken: credential.refresh,
        clientId: "",
        tokenUrl: ""
      })
      journal.entries.set(refreshFingerprint(credential), { _tag: "Answered", at: now, grant })
      const at = yield* locked(made, asked, due)
      const outcome = yield* refreshLocked(made, at)
      assert.strictEqual(outcome._tag, "Done")
      assert.strictEqual(access(yield* stored()), access(outcome.credential))
    }).pipe(Effect.provide(layerWorld({ journal })))
  })

  it.scoped("a token that is known to be used up serves while it lives, and then ends", () => {
    const journal = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { asked, authority, credential, made } = yield* begin(10_000)
      journal.entries.set(refreshFingerprint(credential), {
        _tag: "Settled",
        at: now - 1,
        successor: "lost"
      })
      const alive = yield* Effect.scoped(locked(made, asked, due))
      assert.strictEqual((yield* refreshLocked(made, alive))._tag, "Done")
      yield* TestClock.adjust("10 seconds")
      const over = yield* Effect.scoped(locked(made, asked, due))
      assert.strictEqual((yield* Effect.flip(refreshLocked(made, over))).cause, "consumed")
      const known = HealthDocument.of(
        yield* made.healths.read(main),
        profile,
        Credential.secretFingerprint(credential)
      )
      assert.strictEqual(known.needsLogin?.cause, "consumed")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld({ journal })))
  })

  it.scoped("redeems nothing of a profile that holds no login any more", () =>
    Effect.gen(function* () {
      const { asked, authority, made } = yield* begin(-1)
      const at = yield* locked(made, { ...asked, profile: ProfileId.of("anthropic:gone") }, due)
      const failed = yield* Effect.flip(refreshLocked(made, at))
      assert.deepInclude(failed, {
        cause: "store",
        detail: "the profile is no longer a stored login"
      })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("redeems nothing where the config gives no address to ask", () =>
    Effect.gen(function* () {
      const { asked, authority, made } = yield* begin(-1)
      const found = yield* made.configs.load
      const oauth = { tokenUrl: "http://token.example/" }
      const config = { ...found.config, models: { providers: { anthropic: { oauth } } } }
      const configs = { ...made.configs, load: Effect.succeed({ ...found, config }) }
      const at = yield* locked(made, asked, due)
      const failed = yield* Effect.flip(refreshLocked({ ...made, configs }, at))
      assert.strictEqual(failed.cause, "offline")
      assert.include(failed.detail, "models.providers.anthropic.oauth.tokenUrl plain http")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )
})
