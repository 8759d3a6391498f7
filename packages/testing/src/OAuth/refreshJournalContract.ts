/** What every `RefreshJournal` must do. */
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const entries: ReadonlyArray<JournalEntry> = [
  { _tag: "Intent", at: 1 },
  {
    _tag: "Answered",
    at: 2,
    grant: {
      access: Redacted.make("sk-ant-oat01-access"),
      refresh: Redacted.make("sk-ant-ort01-refresh"),
      expiresInMs: 28_800_000,
      accountId: "account",
      email: "a@example.com",
      scope: "user:inference"
    }
  },
  { _tag: "Answered", at: 2, grant: { access: Redacted.make("sk-ant-oat01-access") } },
  { _tag: "Settled", at: 3, successor: "0123456789abcdef" },
  { _tag: "Ended", at: 4, cause: "revoked", detail: "invalid_grant" }
]

const bare = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, one: unknown) =>
      Redacted.isRedacted(one) ? Redacted.value(one) : one
    )
  )

/** Runs the suite against a layer; each test gets one of its own. */
export const refreshJournalContract = <E>(
  name: string,
  layer: Layer.Layer<RefreshJournal, E>
): void => {
  describe(`RefreshJournal: ${name}`, () => {
    it.effect("knows nothing of a token it was not told about", () =>
      Effect.gen(function* () {
        const journal = yield* RefreshJournal
        assert.isTrue(Option.isNone(yield* journal.find("unknown")))
        assert.deepStrictEqual(yield* journal.unfinished, [])
        yield* journal.forget("unknown")
      }).pipe(Effect.provide(layer))
    )

    it.effect("gives back whatever was recorded last", () =>
      Effect.gen(function* () {
        const journal = yield* RefreshJournal
        for (const entry of entries) {
          yield* journal.record("aa11", entry)
          assert.deepStrictEqual(
            bare(Option.getOrUndefined(yield* journal.find("aa11"))),
            bare(entry)
          )
        }
        yield* journal.forget("aa11")
        assert.isTrue(Option.isNone(yield* journal.find("aa11")))
      }).pipe(Effect.provide(layer))
    )

    it.effect("names the answers that are not in every store yet, and only those", () =>
      Effect.gen(function* () {
        const journal = yield* RefreshJournal
        for (const [index, entry] of entries.entries()) yield* journal.record(`aa${index}`, entry)
        assert.deepStrictEqual([...(yield* journal.unfinished)].sort(), ["aa1", "aa2"])
      }).pipe(Effect.provide(layer))
    )
  })
}
