/** What every `ProfileStore` must keep, run against each layer (docs/architecture.md, "Ports"). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const id = ProfileId.of("anthropic:work")
const key = (text: string): Credential.Credential => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(text),
  extra: Credential.noExtra
})

/** Stores a credential. */
export const put = (
  agent: AgentId.AgentId,
  profile: ProfileId.ProfileId,
  credential: Credential.Credential
) =>
  Effect.flatMap(ProfileStore, (store) =>
    store.modify(agent, (document) =>
      Either.right({
        document: ProfileDocument.set(document, profile, credential),
        result: undefined
      })
    )
  )

const secretOf = (
  document: ProfileDocument.ProfileDocument,
  profile: ProfileId.ProfileId
): string | undefined => {
  const found = document.profiles.get(profile)
  if (found === undefined) return undefined
  return Redacted.value(Credential.secret(found))
}

/**
 * The suite. `make` gives a store in which the agent `main` has the given content, if any, and no
 * other agent has one.
 */
export const profileStoreContract = <E>(
  name: string,
  make: (content: unknown) => Layer.Layer<ProfileStore, E>
): void => {
  const other = AgentId.normalize("other")
  describe(`ProfileStore contract: ${name}`, () => {
    it.scopedLive("a store that does not exist reads as empty, and says so", () =>
      Effect.gen(function* () {
        const snapshot = yield* (yield* ProfileStore).read(AgentId.main)
        assert.deepStrictEqual([snapshot.exists, snapshot.document.profiles.size], [false, 0])
      }).pipe(Effect.provide(make(undefined)))
    )

    it.scopedLive("what is stored is read back; agents do not see each other's", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        yield* put(AgentId.main, id, key("one"))
        assert.strictEqual(secretOf((yield* store.read(AgentId.main)).document, id), "one")
        assert.strictEqual((yield* store.read(other)).document.profiles.size, 0)
      }).pipe(Effect.provide(make(undefined)))
    )

    it.scopedLive("a refused change writes nothing", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        const error = yield* Effect.flip(
          store.modify(AgentId.main, () => Either.left("no" as const))
        )
        assert.strictEqual(error, "no")
        assert.isFalse((yield* store.read(AgentId.main)).exists)
      }).pipe(Effect.provide(make(undefined)))
    )

    it.scopedLive("fifty changes at once lose none", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, index) => index),
          (index) => put(AgentId.main, ProfileId.of(`anthropic:p${index}`), key(`k${index}`)),
          { concurrency: "unbounded", discard: true }
        )
        const { document } = yield* store.read(AgentId.main)
        assert.strictEqual(document.profiles.size, 50)
        assert.strictEqual(secretOf(document, ProfileId.of("anthropic:p49")), "k49")
      }).pipe(Effect.provide(make(undefined)))
    )

    it.scopedLive("keeps what it does not know: fields, records, keys, and the order", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        yield* put(AgentId.main, id, key("new"))
        const { document } = yield* store.read(AgentId.main)
        const written = Redacted.value(ProfileDocument.encode(document))
        assert.deepStrictEqual(written, {
          version: 1,
          profiles: {
            "anthropic:a": { type: "api_key", provider: "anthropic", key: "a", note: "mine" },
            odd: { type: "weird", secret: 1 },
            "anthropic:work": { type: "api_key", provider: "anthropic", key: "new" }
          },
          order: { anthropic: ["anthropic:a"] },
          lastGood: { anthropic: "anthropic:a" },
          usageStats: { "anthropic:a": { cooldownUntil: 5 } },
          custom: { deep: [1] }
        })
      }).pipe(
        Effect.provide(
          make({
            version: 1,
            profiles: {
              "anthropic:a": { type: "api_key", provider: "anthropic", key: "a", note: "mine" },
              odd: { type: "weird", secret: 1 }
            },
            order: { anthropic: ["anthropic:a"] },
            lastGood: { anthropic: "anthropic:a" },
            usageStats: { "anthropic:a": { cooldownUntil: 5 } },
            custom: { deep: [1] }
          })
        )
      )
    )

    it.scopedLive("a store of a newer version is refused, for reading and for writing", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        assert.strictEqual((yield* Effect.flip(store.read(AgentId.main)))._tag, "StoreTooNew")
        assert.strictEqual(
          (yield* Effect.flip(put(AgentId.main, id, key("x"))))._tag,
          "StoreTooNew"
        )
      }).pipe(Effect.provide(make({ version: 2, profiles: {} })))
    )

    it.scopedLive("something that is no store is an error, never an empty store", () =>
      Effect.gen(function* () {
        const store = yield* ProfileStore
        assert.strictEqual((yield* Effect.flip(store.read(AgentId.main)))._tag, "StoreCorrupt")
        assert.strictEqual(
          (yield* Effect.flip(put(AgentId.main, id, key("x"))))._tag,
          "StoreCorrupt"
        )
      }).pipe(Effect.provide(make({ version: 1 })))
    )
  })
}
