import { hasEnded } from "@clawdbot/domain/OAuth/hasEnded"
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { tokenSuccessors } from "@clawdbot/domain/OAuth/tokenSuccessors"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const journalOf = (entries: ReadonlyArray<readonly [string, JournalEntry]>) => {
  const paper = RefreshJournalMemory.paper()
  for (const [fingerprint, entry] of entries) paper.entries.set(fingerprint, entry)
  return RefreshJournalMemory.layer(paper)
}
const successors = (start: string, entries: ReadonlyArray<readonly [string, JournalEntry]>) =>
  Effect.flatMap(RefreshJournal, (journal) => tokenSuccessors(journal, start)).pipe(
    Effect.provide(journalOf(entries))
  )
const settled = (successor: string): JournalEntry => ({ _tag: "Settled", at: 1, successor })

describe("tokenSuccessors", () => {
  it.effect("is the token alone where nothing is known of it, or nothing followed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* successors("a", []), ["a"])
      const ended: JournalEntry = { _tag: "Ended", at: 1, cause: "revoked", detail: "" }
      assert.deepStrictEqual(yield* successors("a", [["a", ended]]), ["a"])
      assert.deepStrictEqual(yield* successors("a", [["a", { _tag: "Intent", at: 1 }]]), ["a"])
    })
  )

  it.effect("follows what is settled to its end, the newest last", () =>
    Effect.gen(function* () {
      const entries = [
        ["a", settled("b")],
        ["b", settled("c")]
      ] as const
      assert.deepStrictEqual(yield* successors("a", entries), ["a", "b", "c"])
      assert.deepStrictEqual(yield* successors("b", entries), ["b", "c"])
    })
  )

  it.effect("ends where a journal leads round in a circle", () =>
    Effect.gen(function* () {
      const entries = [
        ["a", settled("b")],
        ["b", settled("a")]
      ] as const
      assert.deepStrictEqual(yield* successors("a", entries), ["a", "b"])
    })
  )

  it.effect("knows the next token of an answer before every store holds it", () =>
    Effect.gen(function* () {
      const next = Redacted.make("next")
      const answered = (refresh: Redacted.Redacted | undefined): JournalEntry => ({
        _tag: "Answered",
        at: 1,
        grant: { access: Redacted.make("access"), refresh, expiresInMs: 1 }
      })
      assert.deepStrictEqual(yield* successors("a", [["a", answered(next)]]), [
        "a",
        Secret.fingerprint(next)
      ])
      assert.deepStrictEqual(yield* successors("a", [["a", answered(undefined)]]), ["a"])
    })
  )
})

describe("hasEnded", () => {
  const login: Credential.OAuth = {
    type: "oauth",
    provider: ProviderId.anthropic,
    access: Redacted.make("access"),
    refresh: Redacted.make("refresh"),
    expires: 1,
    extra: Credential.noExtra
  }
  const fingerprint = refreshFingerprint(login)
  const ended: JournalEntry = { _tag: "Ended", at: 1, cause: "revoked", detail: "" }

  it.effect("is true for a login whose token the provider ended, and for no other", () =>
    Effect.gen(function* () {
      const asked = (entries: ReadonlyArray<readonly [string, JournalEntry]>) =>
        Effect.provide(hasEnded(login), journalOf(entries))
      assert.isTrue(yield* asked([[fingerprint, ended]]))
      assert.isFalse(yield* asked([]))
      assert.isFalse(yield* asked([["another", ended]]))
      assert.isFalse(yield* asked([[fingerprint, settled("next")]]))
    })
  )

  it.effect("is false for a key, of which no journal is kept", () =>
    Effect.gen(function* () {
      const key: Credential.ApiKey = {
        type: "api_key",
        provider: ProviderId.anthropic,
        key: Redacted.make("refresh"),
        extra: Credential.noExtra
      }
      assert.isFalse(yield* Effect.provide(hasEnded(key), journalOf([[fingerprint, ended]])))
    })
  )
})
