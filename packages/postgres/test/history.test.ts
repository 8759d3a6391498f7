/** Former versions of credentials: which are kept, and which must never be stored again. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { ProfileHistory } from "@clawdbot/domain/Profile/ProfileHistory"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database } from "../src/Database.ts"
import * as Notices from "../src/Notices.ts"
import * as HeldLeases from "../src/OAuth/HeldLeases.ts"
import * as HeldStoresPostgres from "../src/OAuth/HeldStoresPostgres.ts"
import * as RefreshJournalPostgres from "../src/OAuth/RefreshJournalPostgres.ts"
import * as Spool from "../src/OAuth/Spool.ts"
import * as ProfilePast from "../src/Profile/ProfilePast.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { describeWithServer, login, migratedStore, refreshOf } from "./store.ts"

const agent = AgentId.main
const id = ProfileId.of("anthropic:work")
const other = ProfileId.of("anthropic:other")

const store = () =>
  Layer.mergeAll(
    ProfileStorePostgres.layer,
    ProfilePast.layer,
    ProfilePast.layerHistory,
    HeldStoresPostgres.layer,
    RefreshJournalPostgres.layer
  ).pipe(
    Layer.provide(Layer.mergeAll(HeldLeases.layer, Spool.layerNone)),
    Layer.provide(Notices.layerSilent),
    Layer.provideMerge(migratedStore())
  )

const versions = (profile = id) =>
  Effect.map(
    Effect.flatMap(ProfilePast.ProfilePast, (past) => past.versions(agent)),
    (all) => all.filter((version) => version.profile === profile)
  )

const open = (number: number | undefined) =>
  Effect.flatMap(ProfilePast.ProfilePast, (past) => past.open(agent, id, number ?? 0))

/** Stores the tokens of the next generation in place of those that were redeemed for them. */
const refreshTo = (generation: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { document, write } = yield* (yield* HeldStores).hold(agent)
      yield* write(ProfileDocument.set(document, id, login(generation)))
    })
  )

describeWithServer("former versions of a credential", () => {
  it.scopedLive("are the five newest of each profile, also of one that was removed", () =>
    Effect.gen(function* () {
      for (let generation = 1; generation <= 8; generation++) {
        yield* put(agent, id, login(generation))
        yield* put(agent, other, login(100))
      }
      const kept = yield* versions()
      assert.deepStrictEqual(
        kept.map(({ number }) => number === undefined),
        [true, false, false, false, false, false]
      )
      const opened = yield* Effect.forEach(kept.slice(1), ({ number }) => open(number))
      assert.deepStrictEqual(
        opened.map((credential) => Redacted.value(Credential.secret(credential))),
        [7, 6, 5, 4, 3].map((generation) => `sk-ant-oat01-${generation}`)
      )
      // What was stored again as it was is no version of its own.
      assert.strictEqual((yield* versions(other)).length, 1)
      assert.strictEqual(new Set(kept.map(({ fingerprint }) => fingerprint)).size, 6)
      yield* (yield* ProfileStore).modify(agent, (document) =>
        Either.right({ document: ProfileDocument.remove(document, id), result: undefined })
      )
      const removed = yield* versions()
      assert.strictEqual(removed[0]?.fingerprint, kept[0]?.fingerprint)
      assert.strictEqual(removed.length, 5)
      // It moved to another place, and is what it was.
      assert.strictEqual((yield* versions(other)).length, 1)
    }).pipe(Effect.provide(store()))
  )

  it.scopedLive("are not restored once their refresh token was used, whoever knows of it", () =>
    Effect.gen(function* () {
      const journal = yield* RefreshJournal
      yield* put(agent, id, login(1))
      yield* refreshTo(2)
      const refused = yield* Effect.flip(open((yield* versions())[1]?.number))
      assert.strictEqual(refused._tag, "VersionRefused")
      assert.include(refused.message, "refresh token was used already")
      // A person signed in anew: the provider takes the former login as well as the new one.
      yield* put(agent, id, login(7))
      const former = (yield* versions())[1]
      assert.isFalse(former?.isRedeemed)
      assert.strictEqual(
        refreshOf(ProfileDocument.set(ProfileDocument.empty, id, yield* open(former?.number)), id),
        "sk-ant-ort01-2"
      )
      // Until the journal says that somebody uses it, or did.
      const fingerprint = refreshFingerprint(login(2))
      yield* journal.record(fingerprint, { _tag: "Intent", at: 1 })
      assert.strictEqual((yield* Effect.flip(open(former?.number)))._tag, "VersionRefused")
      yield* journal.forget(fingerprint)
      yield* journal.record(fingerprint, { _tag: "Ended", at: 2, cause: "revoked", detail: "" })
      assert.strictEqual((yield* Effect.flip(open(former?.number)))._tag, "VersionRefused")
      assert.strictEqual((yield* Effect.flip(open(999)))._tag, "VersionUnknown")
    }).pipe(Effect.provide(store()))
  )

  it.scopedLive("are gone with a credential that is removed for good", () =>
    Effect.gen(function* () {
      for (const generation of [1, 2, 3]) yield* put(agent, id, login(generation))
      yield* put(agent, other, login(100))
      yield* put(agent, other, login(101))
      assert.strictEqual(yield* (yield* ProfileHistory).forget(agent, id), 2)
      assert.strictEqual((yield* versions()).length, 1)
      assert.strictEqual((yield* versions(other)).length, 2)
      const { query, table } = yield* Database
      const [plain] = yield* query<{ readonly text: string }>(
        `select string_agg(p::text, '') as text from ${table("profile_past")} p`
      )
      assert.notInclude(plain?.text ?? "", "sk-ant-")
    }).pipe(Effect.provide(store()))
  )
})
