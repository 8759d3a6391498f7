/** What follows for a login from why it could not be refreshed (decisions S9 and D6). */
import {
  endsLogin,
  isFinal,
  isForStore,
  OAuthRefreshFailed,
  RefreshCause
} from "@clawdbot/domain/OAuth/OAuthError"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const causesFor = (holds: (cause: RefreshCause) => boolean) => RefreshCause.literals.filter(holds)

describe("a refresh that failed", () => {
  it("ends the login only where the provider or the journal is sure of it", () => {
    assert.deepStrictEqual(causesFor(endsLogin), ["revoked", "consumed", "account_changed"])
  })

  it("needs a person where the login is over, or another store holds a newer one", () => {
    assert.deepStrictEqual(causesFor(isFinal), [
      "revoked",
      "consumed",
      "account_changed",
      "superseded",
      "unclear"
    ])
  })

  it("is tried again at a store's return where it waited for the store or another gateway", () => {
    assert.deepStrictEqual(causesFor(isForStore), ["busy", "store", "undecided"])
  })

  it("is read as it was written", () => {
    for (const cause of RefreshCause.literals) {
      const failed = new OAuthRefreshFailed({
        provider: "anthropic",
        profile: "anthropic:me",
        agent: "main",
        cause,
        detail: "d",
        retryAt: 5,
        newerIn: "work"
      })
      const written = JSON.stringify(Schema.encodeSync(OAuthRefreshFailed)(failed))
      const read = Schema.decodeUnknownSync(OAuthRefreshFailed)(JSON.parse(written))
      assert.deepStrictEqual({ ...read, cause: read.cause }, { ...failed, cause })
    }
  })

  it("names the provider, the profile, the cause and its detail", () => {
    const failed = new OAuthRefreshFailed({
      provider: "anthropic",
      profile: "anthropic:me",
      agent: "main",
      cause: "revoked",
      detail: "invalid_grant"
    })
    assert.strictEqual(
      failed.message,
      'OAuth token refresh failed for anthropic (profile "anthropic:me"): revoked (invalid_grant)'
    )
  })
})
