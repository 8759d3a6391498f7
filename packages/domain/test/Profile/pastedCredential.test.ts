import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import {
  enrolmentTarget,
  pastedCredential,
  storedApiKey
} from "../../src/Profile/pastedCredential.ts"

const secret = Redacted.make("s")
const provider = ProviderId.anthropic
const usual = ProfileId.of("anthropic:manual")

describe("a pasted credential", () => {
  it("ends only where it is a token whose lifetime is known, at a time that a date holds", () => {
    assert.deepStrictEqual(
      pastedCredential({ kind: "api_key", secret, provider, lifetimeMs: 5, now: 10 }),
      { type: "api_key", provider, key: secret, extra: Credential.noExtra }
    )
    const token = (lifetimeMs?: number) =>
      pastedCredential({ kind: "token", secret, provider, lifetimeMs, now: 10 })
    assert.deepStrictEqual(token(5), {
      type: "token",
      provider,
      token: secret,
      expires: 15,
      extra: Credential.noExtra
    })
    assert.notProperty(token(), "expires")
    const far = token(Number.MAX_VALUE)
    assert.isTrue(far.type === "token" && Number.isSafeInteger(far.expires))
  })

  it("replaces what stands under a name that was given, or where that was said", () => {
    const target = (named: string | undefined, replace = false) =>
      enrolmentTarget({ named, replace, usual })
    assert.deepStrictEqual(target(undefined), { profile: usual, isNamed: false })
    assert.deepStrictEqual(target("  "), { profile: usual, isNamed: false })
    assert.deepStrictEqual(target("", true), { profile: usual, isNamed: true })
    assert.deepStrictEqual(target(" work "), { profile: ProfileId.of("work"), isNamed: true })
  })

  it("is an API key of the store where none is given: the first that is not blank", () => {
    const key = (text: string, of = provider) =>
      pastedCredential({ kind: "api_key", secret: Redacted.make(text), provider: of, now: 0 })
    const other = ProviderId.normalize("openai")
    const profiles = new Map([
      [ProfileId.of("a"), key("x", other)],
      [ProfileId.of("b"), pastedCredential({ kind: "token", secret, provider, now: 0 })],
      [ProfileId.of("c"), key(" ")],
      [ProfileId.of("d"), key("x")]
    ])
    assert.strictEqual(storedApiKey({ profiles })?.[0], ProfileId.of("d"))
    assert.isUndefined(storedApiKey({ profiles: new Map() }))
  })
})
