/** What people read for the reasons of an explanation. */
import { rejectionText, rejectionWords } from "@clawdbot/domain/Auth/explanationWords"
import { assert, describe, it } from "@effect/vitest"

describe("why a profile is not used", () => {
  it("is said in words, and that the provider ended a login as just that", () => {
    const revoked = "sign-in required: the provider ended this login"
    assert.strictEqual(rejectionWords("login ended", "revoked"), revoked)
    assert.strictEqual(rejectionWords("login ended", "consumed"), "not used: sign-in required")
    assert.strictEqual(rejectionWords("expired", "revoked"), "not used: expired")
    assert.strictEqual(rejectionWords("disabled by hand"), "not used: disabled by you")
  })

  it("is said with the fact behind it, where there is one", () => {
    const unsendable = { reason: "cannot be sent", detail: "character 3 is U+00FC" } as const
    assert.strictEqual(
      rejectionText(unsendable, 60_000),
      "not used: contains a character that cannot be sent (character 3 is U+00FC)"
    )
    assert.strictEqual(
      rejectionText({ reason: "no secret" }, undefined),
      "not used: the stored secret is empty"
    )
  })

  it("is said with how long ago a token expired, where that is known", () => {
    const expired = { reason: "expired", detail: "2026-11-30T00:00:00.000Z" } as const
    assert.match(rejectionText(expired, 3_600_000), /^not used: expired \(1 ?h.* ago\)$/)
    assert.strictEqual(
      rejectionText(expired, undefined),
      "not used: expired (2026-11-30T00:00:00.000Z)"
    )
  })
})
