import {
  holders,
  isAnotherAccount,
  renewed,
  replaceHolders,
  withTokensOf
} from "@clawdbot/domain/OAuth/loginHolders"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import type { TokenGrant } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

const record = (refresh: string, more: Record<string, unknown> = {}) => ({
  type: "oauth",
  provider: "anthropic",
  access: `access of ${refresh}`,
  refresh,
  expires: 1_000,
  ...more
})

const login = (refresh: string, more: Record<string, unknown> = {}): Credential.OAuth => {
  const decoded = Either.getOrThrow(Credential.decode(record(refresh, more)))
  if (decoded.type !== "oauth") throw new Error("not a login")
  return decoded
}

const document = (profiles: Readonly<Record<string, unknown>>) =>
  Either.getOrThrow(ProfileDocument.decode({ profiles }))

const grant = (more: Partial<TokenGrant> = {}): TokenGrant => ({
  access: Redacted.make("new access"),
  refresh: Redacted.make("new refresh"),
  expiresInMs: 3_600_000,
  ...more
})

describe("holders", () => {
  it("are the profiles with this very token: no other, none without, no key", () => {
    const all = document({
      a: record("r"),
      b: record("r"),
      other: record("s"),
      none: record(""),
      key: { type: "api_key", provider: "anthropic", key: "r" }
    })
    const found = holders(all, refreshFingerprint(login("r"))).map(([profile]) => profile)
    assert.deepStrictEqual(found, ["a", "b"])
    assert.deepStrictEqual(holders(all, refreshFingerprint(login(""))), [])
  })
})

describe("replaceHolders", () => {
  it("changes all of them and says what each was before; everything else stays", () => {
    const all = document({ a: record("r"), b: record("r"), other: record("s") })
    const mark = refreshFingerprint(login("r"))
    const changed = replaceHolders(all, mark, (credential) => renewed(credential, grant(), 0))
    assert.deepStrictEqual(
      changed.replaced.map(({ after, before, profile }) => [
        profile,
        Redacted.value(before.refresh),
        Redacted.value(after.refresh)
      ]),
      [
        ["a", "r", "new refresh"],
        ["b", "r", "new refresh"]
      ]
    )
    assert.deepStrictEqual(holders(changed.document, mark), [])
    assert.strictEqual(holders(changed.document, refreshFingerprint(login("s"))).length, 1)
  })
})

describe("renewed", () => {
  it("keeps the refresh token where the answer has none (decision D6)", () => {
    const after = renewed(login("r"), grant({ refresh: undefined }), 0)
    assert.strictEqual(Redacted.value(after.refresh), "r")
    assert.strictEqual(Redacted.value(after.access), "new access")
  })

  it("learns who the account is, and never changes who it was", () => {
    const named = grant({ accountId: "a", email: "a@example.com", organizationId: "o" })
    assert.deepInclude(renewed(login("r"), named, 0), {
      accountId: "a",
      email: "a@example.com",
      organizationId: "o"
    })
    const known = login("r", { accountId: "b", email: "b@example.com", organizationId: "p" })
    assert.deepInclude(renewed(known, named, 0), {
      accountId: "b",
      email: "b@example.com",
      organizationId: "p"
    })
  })

  it("keeps what a person set and what other programs wrote", () => {
    const before = login("r", { disabled: true, sameLogin: false, note: "theirs" })
    const after = Redacted.value(Credential.encode(renewed(before, grant(), 0)))
    assert.deepInclude(after, { disabled: true, sameLogin: false, note: "theirs" })
  })
})

describe("withTokensOf", () => {
  it("takes the tokens and their end, and keeps names that the newer one lacks", () => {
    const after = withTokensOf(login("old", { email: "me@example.com" }), {
      ...login("new"),
      expires: 2_000
    })
    assert.strictEqual(Redacted.value(after.refresh), "new")
    assert.strictEqual(Redacted.value(after.access), "access of new")
    assert.deepInclude(after, { expires: 2_000, email: "me@example.com" })
  })

  it("says whose login it is by the newer one, and by the older where that says nothing", () => {
    const older = { accountId: "a", email: "me@example.com", organizationId: "o" }
    const newer = { accountId: "b", email: "you@example.com", organizationId: "p" }
    assert.deepInclude(withTokensOf(login("old", older), login("new")), older)
    assert.deepInclude(withTokensOf(login("old", older), login("new", newer)), newer)
  })
})

describe("isAnotherAccount", () => {
  it("only where both are named", () => {
    assert.isTrue(isAnotherAccount(login("r", { accountId: "a" }), grant({ accountId: "b" })))
    assert.isFalse(isAnotherAccount(login("r", { accountId: "a" }), grant({ accountId: "a" })))
    assert.isFalse(isAnotherAccount(login("r"), grant({ accountId: "b" })))
    assert.isFalse(isAnotherAccount(login("r", { accountId: "a" }), grant()))
  })
})
