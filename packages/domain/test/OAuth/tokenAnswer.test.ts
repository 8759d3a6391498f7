import { readAnswer, type TokenAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"

const read = (answer: Partial<TokenAnswer>) =>
  readAnswer({ status: 200, retryAfter: undefined, body: "", ...answer })

const cause = (answer: Partial<TokenAnswer>): string =>
  Either.match(read(answer), {
    onLeft: (failure) =>
      failure._tag === "GrantRefused"
        ? `refused ${failure.code}`
        : `${failure.cause}${failure.uncertain ? " uncertain" : ""}${failure.transient ? "" : " final"}`,
    onRight: () => "granted"
  })

describe("readAnswer", () => {
  it("reads a whole answer", () => {
    const grant = Either.getOrThrow(
      read({
        body: JSON.stringify({
          token_type: "Bearer",
          access_token: "sk-ant-oat01-a",
          refresh_token: "sk-ant-ort01-r",
          expires_in: 28_800,
          scope: "user:inference",
          account: { uuid: "u", email_address: "a@example.com" },
          organization: { uuid: "o" }
        })
      })
    )
    assert.strictEqual(Redacted.value(grant.access), "sk-ant-oat01-a")
    assert.strictEqual(grant.expiresInMs, 28_800_000)
    assert.strictEqual(grant.accountId, "u")
    assert.strictEqual(grant.email, "a@example.com")
  })

  for (const [name, answer, expected] of [
    ["no refresh token", { body: '{"access_token":"a"}' }, "granted"],
    [
      "a token that no header can carry",
      { body: JSON.stringify({ access_token: "a\u200bb", refresh_token: "r" }) },
      "malformed uncertain"
    ],
    ["invalid_grant", { status: 400, body: '{"error":"invalid_grant"}' }, "refused invalid_grant"],
    [
      "invalid_grant with 401",
      { status: 401, body: '{"error":"invalid_grant"}' },
      "refused invalid_grant"
    ],
    [
      "a revocation in the envelope",
      {
        status: 403,
        body: '{"type":"error","error":{"type":"permission_error","message":"OAuth token has been revoked."}}'
      },
      "refused revoked"
    ],
    [
      "another fault of the request",
      { status: 400, body: '{"error":"invalid_client"}' },
      "malformed final"
    ],
    ["a forbidding page", { status: 403, body: "<html>" }, "malformed final"],
    ["a redirect", { status: 302, body: "" }, "malformed final"],
    ["too many requests", { status: 429, body: "" }, "throttled"],
    ["a failing gateway", { status: 502, body: "<html>" }, "server uncertain"],
    [
      "a failure of the endpoint's own",
      { status: 503, body: '{"error":"temporarily_unavailable"}' },
      "server"
    ],
    ["a page", { body: "<html>sk-ant-ort01-secret</html>" }, "malformed uncertain"],
    ["nothing", { body: "" }, "malformed uncertain"],
    ["a token that is no text", { body: '{"access_token":1}' }, "malformed uncertain"],
    ["a list", { body: "[]" }, "malformed uncertain"]
  ] as const) {
    it(`${name}: ${expected}`, () => {
      assert.strictEqual(cause(answer), expected)
    })
  }

  it("understands both ways to say when", () => {
    const wait = (retryAfter: string) => {
      const failure = Either.flip(read({ status: 429, retryAfter, now: Date.UTC(2026, 0, 1) }))
      return Either.isRight(failure) && failure.right._tag === "TokenRequestFailed"
        ? failure.right.retryAfterMs
        : -1
    }
    assert.strictEqual(wait("3600"), 3_600_000)
    assert.strictEqual(wait("Thu, 01 Jan 2026 00:01:00 GMT"), 60_000)
    assert.isUndefined(wait("soon"))
  })

  it("never shows anything of a body", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.constantFrom("error", "message", "access"),
        (status, key) => {
          const secret = "sk-ant-ort01-0123456789"
          const result = read({
            status,
            body: JSON.stringify({ [key]: secret, error_description: secret })
          })
          return Either.isRight(result) || !JSON.stringify(result.left).includes(secret)
        }
      )
    )
  })
})
