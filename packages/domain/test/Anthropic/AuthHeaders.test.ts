import * as AuthHeaders from "@clawdbot/domain/Anthropic/AuthHeaders"
import * as Betas from "@clawdbot/domain/Anthropic/Betas"
import { make } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"

describe("AuthHeaders", () => {
  const secret = Redacted.make(" s3cret\n")
  it("a key goes out as x-api-key, everything else as a bearer", () => {
    assert.deepStrictEqual(Redacted.value(AuthHeaders.authorization({ kind: "api_key", secret })), [
      "x-api-key",
      "s3cret"
    ])
    for (const kind of ["oauth", "token"] as const) {
      assert.deepStrictEqual(Redacted.value(AuthHeaders.authorization({ kind, secret })), [
        "authorization",
        "Bearer s3cret"
      ])
    }
  })

  it("the betas are the client's, then the one the credential needs", () => {
    assert.strictEqual(AuthHeaders.betas("api_key", []), Betas.extendedCacheTtl)
    assert.strictEqual(AuthHeaders.betas("oauth", ["a, b"]), `a,b,${Betas.oauth}`)
    assert.strictEqual(AuthHeaders.betas("token", [Betas.oauth, "a"]), `${Betas.oauth},a`)
  })
})

describe("Betas", () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
  it("nothing is lost, nothing stands twice, the order stays", () => {
    fc.assert(
      fc.property(fc.array(fc.array(name)), fc.array(name), (lines, added) => {
        const merged = Betas.merge(
          lines.map((line) => line.join(" , ")),
          added
        )
        const all = [...lines.flat(), ...added]
        assert.deepStrictEqual(merged === "" ? [] : merged.split(","), [...new Set(all)])
      })
    )
  })
})

describe("ErrorEnvelope", () => {
  const common = {
    status: 429,
    type: "rate_limit_error",
    message: "m",
    code: "C",
    requestId: "r"
  } as const
  it("has the provider's form and our code", () => {
    const answer = make(common)
    assert.deepStrictEqual(JSON.parse(answer.body), {
      type: "error",
      error: { type: "rate_limit_error", message: "m", details: { error_code: "C" } },
      request_id: "r"
    })
    assert.strictEqual(answer.headers["request-id"], "r")
  })

  it("says that trying again is useless when it is, or when it is over a minute away", () => {
    const should = (options: Partial<Parameters<typeof make>[0]>) =>
      make({ ...common, ...options }).headers["x-should-retry"]
    assert.strictEqual(should({}), "false")
    assert.strictEqual(should({ retryAfterSeconds: 61 }), "false")
    assert.strictEqual(should({ retryAfterSeconds: 60 }), undefined)
    assert.strictEqual(should({ retryAfterSeconds: 5, retryable: false }), "false")
    assert.strictEqual(should({ retryable: true }), undefined)
  })
})
