import { maxLifeMs, readAnswer, type TokenAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
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

/** How long the endpoint asks to wait, in ms; undefined where it does not. */
const waitOf = (answer: Partial<TokenAnswer>): number | undefined => {
  const failure = Either.getOrThrow(Either.flip(read(answer)))
  return failure._tag === "TokenRequestFailed" ? failure.retryAfterMs : -1
}

const revoked = JSON.stringify({ error: { message: "OAuth token has been revoked." } })
const blankBefore = JSON.stringify({ error: { message: "\n OAuth token has been revoked." } })

describe("readAnswer", () => {
  it("says what came, by the code of the error or by the status", () => {
    const detail = (answer: Partial<TokenAnswer>) =>
      Either.match(read(answer), {
        onLeft: (failure) =>
          failure._tag === "TokenRequestFailed" ? failure.detail : failure.code,
        onRight: () => "granted"
      })
    const slow = '{"error":"slow_down"}'
    for (const [status, code] of [
      [429, "slow_down"],
      [503, "slow_down"],
      [400, "slow_down"]
    ] as const) {
      assert.strictEqual(detail({ status }), `status ${status}`)
      assert.strictEqual(detail({ status, body: slow }), code)
    }
    assert.strictEqual(detail({}), "status 200 without a token that can be sent")
  })

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
    assert.strictEqual(grant.organizationId, "o")
  })

  it("gives a life that can be shown, whatever the answer says of it", () => {
    const life = (expires_in: unknown) =>
      Either.getOrThrow(read({ body: JSON.stringify({ access_token: "a", expires_in }) }))
        .expiresInMs
    assert.strictEqual(life("28800"), 28_800_000)
    assert.strictEqual(life(28_800.5), 28_800_500)
    for (const huge of [1e300, "9".repeat(30), Number.MAX_SAFE_INTEGER])
      assert.strictEqual(life(huge), maxLifeMs)
    for (const none of [undefined, null, "soon", "", 0, -1, {}, []]) assert.isUndefined(life(none))
  })

  it("takes what it knows where other fields are of another type", () => {
    const body = '\uFEFF{"access_token":"a","refresh_token":null,"account":"me","scope":["x"]}'
    const grant = Either.getOrThrow(read({ body }))
    assert.strictEqual(Redacted.value(grant.access), "a")
    assert.isUndefined(grant.refresh)
    assert.isUndefined(grant.accountId)
  })

  it("keeps a 200 that it cannot read, and no page", () => {
    const raw = { status: 200, bytes: Redacted.make("AAAA") }
    const unread = (body: string | undefined) => {
      const failure = Either.getOrThrow(Either.flip(read({ body, raw })))
      return failure._tag === "TokenRequestFailed" ? failure.unread : undefined
    }
    for (const body of [undefined, '{"token":"a"}', "access_token=a"])
      assert.isDefined(unread(body))
    for (const page of ["<html>", "\n <!doctype html>", ""]) assert.isUndefined(unread(page))
  })

  it("ends a login by the beginning of the provider's sentence, not by a word in it", () => {
    const refused = (message: string) =>
      cause({ status: 400, body: JSON.stringify({ type: "error", error: { message } }) })
    for (const message of [
      "OAuth token has been revoked. Please obtain a new token.",
      "Refresh token revoked",
      "Your session was revoked by an administrator"
    ])
      assert.strictEqual(refused(message), "refused revoked")
    for (const message of [
      "not revoked, try again",
      'could not check whether "OAuth token has been revoked"',
      "The certificate of the proxy is revoked",
      "tokens revoked meanwhile are listed below"
    ])
      assert.strictEqual(refused(message), "malformed final")
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
        body:
          '{"type":"error","error":{"type":"permission_error","message":"OAuth token has been ' +
          'revoked."}}'
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
    ["a failure without a reason", { status: 500, body: "" }, "server uncertain"],
    [
      "a grant with a status that is none",
      { status: 300, body: '{"access_token":"a"}' },
      "malformed final"
    ],
    ["a grant before the answer", { status: 199, body: '{"access_token":"a"}' }, "malformed final"],
    ["a revocation with 401", { status: 401, body: revoked }, "refused revoked"],
    ["a revocation with blanks around it", { status: 400, body: blankBefore }, "refused revoked"],
    ["a revocation of a path that is not there", { status: 404, body: revoked }, "malformed final"],
    ["a revocation by a failing server", { status: 500, body: revoked }, "server uncertain"],
    [
      "a byte order mark within a token",
      { body: '{"access_token":"a\uFEFFb"}' },
      "malformed uncertain"
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

  it("understands both ways to say when, and nothing else", () => {
    const wait = (retryAfter: string | undefined, now: number | undefined = Date.UTC(2026, 0, 1)) =>
      waitOf({ status: 429, retryAfter, now })
    assert.strictEqual(wait("3600"), 3_600_000)
    assert.strictEqual(wait(" 60 "), 60_000)
    assert.strictEqual(wait("1.25"), 1_250)
    assert.strictEqual(wait("Thu, 01 Jan 2026 00:01:00 GMT"), 60_000)
    assert.strictEqual(wait("Thu, 01 Jan 2020 00:01:00 GMT"), 0)
    for (const text of ["soon", "60 minutes", "x60", "", undefined]) assert.isUndefined(wait(text))
    // Without a clock a date says nothing.
    const date = "Thu, 01 Jan 2026 00:01:00 GMT"
    assert.isUndefined(waitOf({ status: 429, retryAfter: date, now: undefined }))
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
