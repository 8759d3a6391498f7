/** A refresh whose lease is somebody else's by now, or whose token somebody else may have used. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { refreshLocked } from "@clawdbot/domain/OAuth/refreshLocked"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { TokenRequestFailed } from "@clawdbot/domain/OAuth/TokenEndpoint"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { locked, ports } from "./ports.ts"
import { layerWorld, login, profile, store } from "./world.ts"

const now = 1_000 * 3_600_000
const fenced = new TokenRequestFailed({
  cause: "fenced",
  detail: "the lease ended",
  transient: false,
  uncertain: false
})

const begin = Effect.gen(function* () {
  yield* TestClock.setTime(now)
  const { families } = yield* TokenAuthority
  const made = yield* ports
  const credential = login(families.signIn(), now - 1)
  yield* store(credential)
  return { credential, families, login: { owner: AgentId.main, profile, credential }, made }
})

describe("a refresh that must not ask", () => {
  it.scoped("starts over where its lease ended before the request went out", () =>
    Effect.gen(function* () {
      const { families, login, made } = yield* begin
      const late = { ...made.endpoint, refresh: () => Effect.fail(fenced) }
      const at = yield* locked(made, login, { _tag: "Due" })
      const outcome = yield* refreshLocked({ ...made, endpoint: late }, at)
      assert.strictEqual(outcome._tag, "Again")
      assert.isTrue(Option.isNone(yield* made.journal.find(at.fingerprint)))
      assert.strictEqual(families.counters().grants, 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("waits while somebody else may have the answer, and asks after that", () =>
    Effect.gen(function* () {
      const { credential, families, login, made } = yield* begin
      const fingerprint = refreshFingerprint(credential)
      yield* made.journal.record(fingerprint, { _tag: "Intent", at: now })
      const journal = { ...made.journal, undecidedUntil: () => Effect.succeed(now + 60_000) }
      const at = yield* locked(made, login, { _tag: "Due" })
      const error = yield* Effect.flip(refreshLocked({ ...made, journal }, at))
      assert.deepInclude(error, { cause: "undecided", retryAt: now + 60_000 })
      assert.strictEqual(families.counters().grants, 0)
      yield* TestClock.setTime(now + 60_001)
      const outcome = yield* refreshLocked({ ...made, journal }, at)
      assert.strictEqual(outcome._tag, "Done")
      assert.strictEqual(families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )
})
