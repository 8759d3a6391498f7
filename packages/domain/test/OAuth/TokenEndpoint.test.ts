import { GrantRefused, TokenRequestFailed } from "@clawdbot/domain/OAuth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"

describe("an answer of the token endpoint without a token", () => {
  it("is told by its error code and status where it refuses the refresh token", () => {
    assert.strictEqual(
      new GrantRefused({ status: 400, code: "invalid_grant" }).message,
      "the token endpoint refused the refresh token (invalid_grant, status 400)"
    )
  })

  it("is told by its kind and detail where it says nothing about the refresh token", () => {
    const failed = new TokenRequestFailed({
      cause: "offline",
      detail: "ECONNREFUSED",
      transient: true,
      uncertain: false
    })
    assert.strictEqual(
      failed.message,
      "the token endpoint returned no usable response: offline (ECONNREFUSED)"
    )
  })
})
