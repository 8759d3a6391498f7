/** A credential as programs get it, and what an answer that they report means. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { ProviderRefused } from "../../src/Auth/credentialFailures.ts"
import {
  providerRefused,
  publicCredential,
  readerOf,
  resultOfAnswer,
  verdictOf
} from "../../src/Auth/publicCredential.ts"
import * as RefusalBytes from "../../src/Auth/refusalBytes.ts"
import { requestHeaders } from "../../src/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const explanation = {
  agent: "main",
  provider: "anthropic",
  storePath: "",
  candidates: [],
  rejected: []
}
const use = (kind: CredentialUse["kind"]): CredentialUse => ({
  profile: ProfileId.of("anthropic:me"),
  owner: AgentId.main,
  provider: ProviderId.anthropic,
  kind,
  secret: Redacted.make(" sk "),
  secretFingerprint: "mark",
  expiresAt: 5,
  origin: "https://proxy.example",
  basePath: "/team"
})

describe("a credential for a program", () => {
  const made = (kind: CredentialUse["kind"]) =>
    publicCredential(use(kind), () => Effect.succeed("ok"))

  it("goes to one address and says when it ends", () => {
    const { baseUrl, expiresAt, kind, profile } = made("token")
    assert.deepStrictEqual(
      [baseUrl, expiresAt, kind, profile],
      ["https://proxy.example/team", 5, "token", "anthropic:me"]
    )
  })

  it("adds what it needs to the betas of the request, whatever case their name has", () => {
    const present = { "Anthropic-Beta": "one,two", other: "x", "anthropic-beta": undefined }
    const { "anthropic-beta": betas = "", ...others } = requestHeaders(made("token"), present)
    assert.deepStrictEqual(others, { authorization: "Bearer sk" })
    const list = betas.split(",")
    assert.deepStrictEqual(list.slice(0, 2), ["one", "two"])
    assert.deepStrictEqual(
      requestHeaders(made("token"))["anthropic-beta"]?.split(","),
      list.slice(2)
    )
    assert.notInclude(betas, "x")
  })

  it("is a key of its own header where it is one", () => {
    assert.propertyVal(requestHeaders(made("api_key")), "x-api-key", "sk")
  })
})

const noCredit = JSON.stringify({
  type: "error",
  error: {
    type: "invalid_request_error",
    message: "Your credit balance is too low to access the Anthropic API."
  }
})

describe("an answer that is reported", () => {
  const answer = (status: number, headers: Readonly<Record<string, string>> = {}, body = "") =>
    resultOfAnswer({ status, headers, body }, { model: "claude-opus-4-5" }, now)

  it("is good, worth another credential, or the request's own fault", () => {
    const body = '{"type":"error","error":{"type":"authentication_error","message":"no"}}'
    const verdict = (status: number) => verdictOf(answer(status, {}, body))
    assert.deepStrictEqual([200, 401, 429, 400].map(verdict), [
      "ok",
      "try-next",
      "try-next",
      "give-up"
    ])
    assert.strictEqual(verdictOf({ _tag: "Abandoned", value: undefined }), "ok")
    const failure = { class: "format", windows: [] } as const
    assert.strictEqual(verdictOf({ _tag: "Broken", value: undefined, failure }), "give-up")
  })

  it("has an empty body where the report has none", () => {
    const bodyless = resultOfAnswer({ status: 401, headers: {} }, {}, now)
    assert.deepStrictEqual(
      bodyless,
      resultOfAnswer({ status: 401, headers: {}, body: "" }, {}, now)
    )
  })

  it("is read by its headers in whatever case, and its body", () => {
    const limited = answer(429, { "Retry-After": "60" })
    if (limited._tag !== "Refused") return assert.fail(limited._tag)
    const [window] = limited.failure.windows
    assert.strictEqual(window?.until, now + 60_000)
    const billed = answer(400, {}, noCredit)
    assert.propertyVal(billed._tag === "Refused" ? billed.failure : {}, "class", "billing")
  })

  it("is read up to its first 64 KB", () => {
    const isBilling = (blanks: number) => {
      const result = answer(400, {}, `${" ".repeat(blanks)}${noCredit}`)
      return result._tag === "Refused" && result.failure.class === "billing"
    }
    assert.isTrue(isBilling(64 * 1024 - noCredit.length))
    assert.isFalse(isBilling(64 * 1024 - noCredit.length + 1))
  })

  it("has the headers that are there, and their names in lower case", () => {
    const read = readerOf({ "Request-Id": "req_1", gone: undefined })
    assert.strictEqual(read("request-id"), "req_1")
    assert.isUndefined(read("gone"))
    assert.deepStrictEqual([...(read.names?.() ?? [])], ["request-id"])
  })
})

describe("the provider's own answer as an error", () => {
  const answer = { status: 429, headers: { a: "1", gone: undefined }, body: "text" }
  const failure = { class: "rate_limit", windows: [] } as const

  it("is what the provider said, with when to come back where it did", () => {
    const error = providerRefused(answer, "a", { ...failure, retryAt: 5 }, explanation)
    assert.deepStrictEqual(
      { ...error },
      {
        ...new ProviderRefused({
          status: 429,
          class: "rate_limit",
          headers: { a: "1" },
          body: "text",
          profile: "a",
          retryAt: 5,
          explanation
        })
      }
    )
    const { body: _body, ...bodyless } = answer
    const other = providerRefused(bodyless, "a", failure, explanation)
    assert.strictEqual(other.body, "")
    assert.notProperty(other, "retryAt")
  })

  it("keeps its bytes, or makes them of its text", () => {
    const bytes = new Uint8Array([0xff, 0])
    const error = providerRefused(answer, "a", failure, explanation)
    assert.strictEqual(new TextDecoder().decode(RefusalBytes.of(error)), "text")
    assert.strictEqual(RefusalBytes.of(RefusalBytes.keep(error, bytes)), bytes)
    assert.notInclude(Object.keys(error), "bytes")
  })
})
