/** What of a chosen credential is sent, where that takes a refresh. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Order from "../../src/Auth/Order.ts"
import { prepareUse, renew } from "../../src/Auth/prepareUse.ts"
import type { Holding } from "../../src/Auth/Roster.ts"
import { useOf } from "../../src/Auth/Snapshot.ts"
import { OAuthRefreshFailed } from "../../src/OAuth/OAuthError.ts"
import { OAuthRefresh } from "../../src/OAuth/OAuthRefresh.ts"
import type { StoredLogin } from "../../src/OAuth/StoredLogin.ts"
import type * as Credential from "../../src/Profile/Credential.ts"
import { a, holding, login, moment, now, watched } from "./watchedIndex.ts"

const upstream = { origin: "https://api.anthropic.com", basePath: "" }
const lifeMs = 600_000

const candidateOf = (stored: Holding): Order.Candidate => {
  const found = watched({ stored: [stored] }).index.first(moment, Order.beginning)
  if (found === undefined) throw new Error("nobody is ready")
  return found
}

const key = candidateOf(holding(a))
const chosen = candidateOf(login(a))
const { credential } = chosen
if (credential.type !== "oauth") throw new Error("not a login")
const lasting = (left: number): Credential.OAuth => ({ ...credential, expires: now + left })
const renewed: Credential.OAuth = { ...lasting(lifeMs), access: Redacted.make("renewed") }

const offline = new OAuthRefreshFailed({
  provider: "anthropic",
  profile: a,
  agent: "main",
  cause: "offline",
  detail: "as scripted"
})

type Renewal = Effect.Effect<Option.Option<Credential.OAuth>, OAuthRefreshFailed>

/**
 * Refreshes of a login that has so much life left; the logins that were refreshed because of a
 * refusal, and the tokens that were refused.
 */
const refreshing = (left: number, renewal: Renewal = Effect.asSome(Effect.succeed(renewed))) => {
  const refused: Array<string> = []
  const logins: Array<StoredLogin> = []
  const refresh = OAuthRefresh.of({
    ensureFresh: () => Effect.succeed(lasting(left)),
    afterRefusal: (stored, fingerprint) =>
      Effect.suspend(() => {
        logins.push(stored)
        refused.push(fingerprint)
        return renewal
      }),
    refreshNow: () => Effect.dieMessage("nobody asked for another token"),
    current: () => undefined
  })
  return { logins, refresh, refused }
}

const secretOf = ({ secret }: { readonly secret: Redacted.Redacted<string> }) =>
  Redacted.value(secret)
const own = "access of a"

describe("a login that is sent", () => {
  for (const [name, left, needed, renewal, expected] of [
    ["as it is, where it lives as long as is needed", lifeMs, lifeMs, undefined, own],
    ["renewed, where it lives a little less", lifeMs - 1, lifeMs, undefined, "renewed"],
    ["as it is, where no life is needed, however short its own is", 1, 0, undefined, own],
    ["as it is, where no life is needed, though it has ended", -1, 0, undefined, own],
    ["as it is, where it cannot be renewed", 9, lifeMs, Effect.fail(offline), own],
    ["as it is, where it just was", 9, lifeMs, Effect.succeedNone, own]
  ] as const)
    it.effect(`is sent ${name}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const { refresh } = refreshing(left, renewal)
        const use = yield* prepareUse(refresh, chosen, upstream, needed)
        assert.strictEqual(secretOf(use), expected)
      })
    )

  it.effect("is waited for no longer than half of the life that is left", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { refresh } = refreshing(100_000, Effect.never)
      const running = yield* Effect.fork(prepareUse(refresh, chosen, upstream, lifeMs))
      yield* TestClock.adjust(49_999)
      assert.isTrue(Option.isNone(yield* Fiber.poll(running)))
      yield* TestClock.adjust(1)
      assert.strictEqual(secretOf(yield* Fiber.join(running)), own)
    })
  )

  it.effect("is renewed for the very token that is not wanted any more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { logins, refresh, refused } = refreshing(9)
      const use = useOf(chosen, lasting(9), upstream)
      const found = yield* renew(refresh, chosen, use, upstream)
      assert.deepStrictEqual(Option.map(found, secretOf), Option.some("renewed"))
      assert.deepStrictEqual(refused, [use.secretFingerprint])
      const { owner, profile } = chosen
      assert.deepStrictEqual(logins, [{ owner, profile, credential }])
    })
  )
})

describe("a key that is sent", () => {
  it.effect("is what it is: nothing renews it", () =>
    Effect.gen(function* () {
      const { refresh, refused } = refreshing(9)
      const use = yield* prepareUse(refresh, key, upstream, lifeMs)
      assert.strictEqual(secretOf(use), "sk-ant-api03-a")
      assert.isTrue(Option.isNone(yield* renew(refresh, key, use, upstream)))
      assert.deepStrictEqual(refused, [])
    })
  )
})
