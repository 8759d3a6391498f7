import { exchangeRefreshToken } from "@clawdbot/domain/OAuth/exchangeRefreshToken"
import type { JournalEntry } from "@clawdbot/domain/OAuth/JournalEntry"
import {
  fencedCode,
  JournalUnavailable,
  RefreshJournal
} from "@clawdbot/domain/OAuth/RefreshJournal"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { TokenEndpoint } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import * as TokenScript from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { layerWorld, login } from "./world.ts"

const now = 1_000 * 3_600_000

/** A login of the scripted authority, and its exchange with what the journal held before. */
const begin = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  const authority = yield* TokenAuthority
  const endpoint = yield* TokenEndpoint
  const journal = yield* RefreshJournal
  const credential = login(authority.families.signIn(), now - 1)
  const fingerprint = refreshFingerprint(credential)
  const exchange = (before?: JournalEntry) =>
    exchangeRefreshToken({
      endpoint,
      journal,
      credential,
      fingerprint,
      clientId: "client",
      tokenUrl: "https://token.example/token",
      before,
      mayAsk: () => true
    })
  return { authority, credential, exchange, fingerprint, journal }
})

/** Runs an exchange for as long as one may take. */
const run = <A, E, R>(exchange: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const running = yield* Effect.fork(exchange)
    yield* TestClock.adjust("31 seconds")
    return yield* Fiber.join(running)
  })

describe("exchangeRefreshToken", () => {
  it.effect("has the answer in the journal before anybody sees it", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { exchange, fingerprint } = yield* begin
      const result = yield* run(exchange())
      assert.strictEqual(result._tag, "Granted")
      assert.strictEqual(paper.entries.get(fingerprint)?._tag, "Answered")
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect("leaves nothing in the journal where the request never went out", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { authority, exchange, fingerprint } = yield* begin
      authority.script.always({ unreachable: true })
      const result = yield* run(exchange())
      assert.deepInclude(result, { _tag: "Failed", cause: "offline" })
      assert.isFalse(paper.entries.has(fingerprint))
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect("does not forget an intent whose request may have used the token up", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { authority, exchange, fingerprint } = yield* begin
      // The first request is lost on its way back, the next ones do not even go out: what is known
      // at the end is still that the token may be used up.
      authority.script.push({ lose: true })
      authority.script.always({ unreachable: true })
      const result = yield* run(exchange())
      assert.deepInclude(result, { _tag: "Failed", cause: "offline" })
      assert.strictEqual(paper.entries.get(fingerprint)?._tag, "Intent")
      authority.script.always({})
      const later = yield* run(exchange(paper.entries.get(fingerprint)))
      assert.deepInclude(later, { _tag: "Ended", cause: "consumed" })
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect(
    "does not forget an intent of an earlier process, whatever comes of its own try",
    () => {
      const paper = RefreshJournalMemory.paper()
      return Effect.gen(function* () {
        const { authority, exchange, fingerprint } = yield* begin
        authority.script.always({ unreachable: true })
        yield* run(exchange({ _tag: "Intent", at: now - 1 }))
        assert.strictEqual(paper.entries.get(fingerprint)?._tag, "Intent")
      }).pipe(Effect.provide(layerWorld({ journal: paper })))
    }
  )

  it.effect(
    "calls a refusal what it is: revoked, or consumed after an answer that was lost",
    () => {
      const paper = RefreshJournalMemory.paper()
      return Effect.gen(function* () {
        const { authority, credential, exchange, fingerprint } = yield* begin
        authority.families.revoke(Redacted.value(credential.refresh))
        assert.deepInclude(yield* run(exchange()), { _tag: "Ended", cause: "revoked" })
        assert.deepInclude(yield* run(exchange({ _tag: "Intent", at: now - 1 })), {
          _tag: "Ended",
          cause: "consumed"
        })
        assert.deepInclude(paper.entries.get(fingerprint), { _tag: "Ended", cause: "consumed" })
      }).pipe(Effect.provide(layerWorld({ journal: paper })))
    }
  )

  it.effect("asks for nothing when the intent cannot be written down", () => {
    const paper = RefreshJournalMemory.paper()
    paper.full = () => true
    return Effect.gen(function* () {
      const { authority, exchange } = yield* begin
      assert.deepInclude(yield* run(exchange()), { _tag: "Failed", cause: "store" })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect("keeps an answer that cannot be read in the journal, through every later try", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { authority, exchange, fingerprint } = yield* begin
      const unreadNow = () => {
        const entry = paper.entries.get(fingerprint)
        return entry !== undefined && "unread" in entry ? entry.unread : undefined
      }
      authority.script.push({ packed: "unknown" })
      assert.deepInclude(yield* run(exchange()), { _tag: "Failed", cause: "malformed" })
      const kept = unreadNow()
      assert.isDefined(kept)
      authority.script.push(TokenScript.html(200), TokenScript.throttled(3_600))
      yield* run(exchange(paper.entries.get(fingerprint)))
      assert.strictEqual(unreadNow(), kept)
      const refused = yield* run(exchange(paper.entries.get(fingerprint)))
      assert.deepInclude(refused, { _tag: "Ended", cause: "consumed" })
      assert.strictEqual(unreadNow(), kept)
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect("does not take an answer for another account", () => {
    const paper = RefreshJournalMemory.paper()
    return Effect.gen(function* () {
      const { authority, exchange, fingerprint } = yield* begin
      authority.script.push({ account: "somebody else" })
      assert.deepInclude(yield* run(exchange()), { _tag: "Ended", cause: "account_changed" })
      assert.strictEqual(paper.entries.get(fingerprint)?._tag, "Ended")
    }).pipe(Effect.provide(layerWorld({ journal: paper })))
  })

  it.effect("leaves the login to another process where the intent says that it has the lease", () =>
    Effect.gen(function* () {
      const { authority, credential, fingerprint, journal } = yield* begin
      const code = fencedCode
      const lost = new JournalUnavailable({ path: "/journal", operation: "write", code })
      const result = yield* exchangeRefreshToken({
        endpoint: yield* TokenEndpoint,
        journal: { ...journal, record: () => Effect.fail(lost) },
        credential,
        fingerprint,
        clientId: "client",
        tokenUrl: "https://token.example/token",
        before: undefined,
        mayAsk: () => true
      })
      assert.deepStrictEqual(result, { _tag: "Fenced" })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )
})
