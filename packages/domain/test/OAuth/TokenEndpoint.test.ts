import { GrantRefused, TokenRequestFailed } from "@clawdbot/domain/OAuth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

describe("an answer of the token endpoint without a token", () => {
  it("is told by its error code and status where it refuses the refresh token", () => {
    assert.strictEqual(
      new GrantRefused({ status: 400, code: "invalid_grant" }).message,
      "the token endpoint refused the refresh token (invalid_grant, status 400)"
    )
  })

  it("is read as it was written", () => {
    const refused = new GrantRefused({ status: 400, code: "invalid_grant" })
    const again = Schema.decodeUnknownSync(GrantRefused)(Schema.encodeSync(GrantRefused)(refused))
    assert.deepStrictEqual({ ...again }, { ...refused })
    for (const cause of ["throttled", "offline", "malformed", "server", "fenced"] as const) {
      const failed = new TokenRequestFailed({
        cause,
        detail: "d",
        retryAfterMs: 5,
        transient: true,
        uncertain: false
      })
      const read = Schema.decodeUnknownSync(TokenRequestFailed)(
        Schema.encodeSync(TokenRequestFailed)(failed)
      )
      assert.deepStrictEqual({ ...read, cause: read.cause }, { ...failed, cause })
    }
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
