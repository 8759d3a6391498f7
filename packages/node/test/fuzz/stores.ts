/**
 * Profile stores that other programs wrote, half wrote, or broke: a change is made as asked and
 * nothing else changes, or nothing changes at all.
 */
import * as assert from "node:assert"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { type Json, mutatedDocument, oddText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"
import { storeIn, surroundings, write } from "../temporaryState.ts"
import { entriesOf, folder, own, quietly, textOf, valueOf } from "./folder.ts"

const samples: ReadonlyArray<Json> = [
  {
    version: 1,
    profiles: {
      "anthropic:one": { type: "api_key", provider: "anthropic", key: "sk-ant-api03-PLANTED-ONE" },
      "anthropic:login": {
        type: "oauth",
        provider: "anthropic",
        access: "sk-ant-oat01-PLANTED-A",
        refresh: "sk-ant-ort01-PLANTED-R",
        expires: 1_700_000_000_000,
        email: "me@example.org",
        accountId: "acc"
      },
      "anthropic:token": {
        type: "token",
        provider: "Anthropic ",
        token: "sk-ant-oat01-PLANTED-T",
        expires: "1804854725656",
        note: { deep: [1, "x"] }
      },
      "x:reference": { type: "api_key", provider: "openai", key: { source: "env", id: "K" } }
    },
    order: { anthropic: ["anthropic:one", "anthropic:login"], "z.ai": ["a"] },
    lastGood: { anthropic: "anthropic:one" },
    usageStats: { "anthropic:one": { cooldownUntil: 5, errorCount: 1, disabledReason: "billing" } },
    custom: [{ kept: true }]
  },
  { version: 1, profiles: {} }
]

type Change =
  | { readonly _tag: "Set"; readonly id: string }
  | { readonly _tag: "Disable" }
  | { readonly _tag: "Remove"; readonly id: string }
  | { readonly _tag: "Order"; readonly ids: ReadonlyArray<string> }

const id = fc.oneof(
  fc.constantFrom("anthropic:one", "anthropic:login", "anthropic:new", "__proto__"),
  oddText.filter((text) => text !== "")
)
const arbitrary = fc.record({
  text: mutatedDocument(samples),
  change: fc.oneof<Array<fc.Arbitrary<Change>>>(
    fc.record({ _tag: fc.constant("Set" as const), id }),
    fc.constant({ _tag: "Disable" as const }),
    fc.record({ _tag: fc.constant("Remove" as const), id }),
    fc.record({ _tag: fc.constant("Order" as const), ids: fc.array(id, { maxLength: 3 }) })
  )
})

const apply = (
  before: ProfileDocument.ProfileDocument,
  change: Change
): ProfileDocument.ProfileDocument => {
  switch (change._tag) {
    case "Set":
      return ProfileDocument.set(before, ProfileId.of(change.id), {
        type: "api_key",
        provider: ProviderId.anthropic,
        key: Redacted.make("k"),
        extra: Credential.noExtra
      })
    case "Disable": {
      const [first] = before.profiles
      if (first === undefined) return before
      return ProfileDocument.set(before, first[0], { ...first[1], disabled: true })
    }
    case "Remove":
      return ProfileDocument.remove(before, ProfileId.of(change.id))
    case "Order":
      return ProfileDocument.setOrder(
        before,
        ProviderId.anthropic,
        change.ids.map((text) => ProfileId.of(text))
      )
  }
}

/** Whether a record is one that the change is about. */
const isMeant = (change: Change, name: string, before: ProfileDocument.ProfileDocument): boolean =>
  change._tag === "Set" || change._tag === "Remove"
    ? change.id === name
    : change._tag === "Disable" && [...before.profiles.keys()][0] === name

/** Everything but what the change is about is as it was. */
const assertKept = (
  text: string,
  after: unknown,
  change: Change,
  document: ProfileDocument.ProfileDocument
) => {
  const before: unknown = JSON.parse(text)
  for (const [name, record] of entriesOf(own(before, "profiles")))
    if (!isMeant(change, name, document))
      assert.deepStrictEqual(own(own(after, "profiles"), name), record, `record ${name}`)
  for (const [name, section] of entriesOf(before))
    if (name !== "profiles" && name !== "order")
      assert.deepStrictEqual(own(after, name), section, `section ${name}`)
}

/** The kind. */
export const stores = Fuzz.kind(
  "stores",
  arbitrary,
  Effect.map(folder, ({ empty, home }) => async ({ change, text }) => {
    empty()
    const file = storeIn(home)
    write(file, text)
    // What is on disk: a lone surrogate is no text there.
    const written = textOf(file) ?? ""
    const layer = Layer.provide(ProfileFile.layer, surroundings(home))
    const changed = await quietly(
      Effect.either(
        Effect.flatMap(ProfileStore, (store) =>
          Effect.zipRight(
            store.read(AgentId.main),
            store.modify(AgentId.main, (document) =>
              Either.right({ document: apply(document, change), result: document })
            )
          )
        ).pipe(Effect.provide(layer))
      )
    )
    const after = textOf(file)
    if (Either.isLeft(changed)) {
      assert.strictEqual(after, written, "a store that was refused is another one now")
      assert.doesNotMatch(JSON.stringify(changed.left), /PLANTED/)
      assert.doesNotMatch(changed.left.message, /PLANTED/)
      return
    }
    assertKept(written, valueOf(file), change, changed.right)
  })
)
