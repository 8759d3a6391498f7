import { assert, describe, it } from "@effect/vitest"
import * as HeaderRules from "../../src/Auth/headerRules.ts"

const aboutTheConnection = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
]

const credentials = ["authorization", "x-api-key", "cookie", "proxy-authorization"]

const leftBehind = [
  "host",
  "content-length",
  "expect",
  "forwarded",
  "via",
  "x-real-ip",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server"
]

const spellings = (name: string) => [
  name,
  name.toUpperCase(),
  name.replace(/^./, (c) => c.toUpperCase())
]

describe("a request's headers towards the provider", () => {
  for (const name of [...aboutTheConnection, ...credentials, ...leftBehind, "x-clawdbot-agent"]) {
    it(`${name} does not cross, however it is spelled`, () => {
      for (const spelling of spellings(name)) {
        assert.deepStrictEqual(HeaderRules.towardsUpstream({ [spelling]: "value" }), {
          "accept-encoding": "identity"
        })
      }
    })
  }

  it("betas come with the credential, not from here", () => {
    const sent = HeaderRules.towardsUpstream({ "Anthropic-Beta": "files-api-2025-04-14" })
    assert.notProperty(sent, "anthropic-beta")
  })

  it("an answer is asked for as plain bytes, whatever the client can read", () => {
    const sent = HeaderRules.towardsUpstream({ "Accept-Encoding": "br, gzip" })
    assert.deepStrictEqual(sent, { "accept-encoding": "identity" })
  })

  it("everything else crosses with its value, by its name in lower case", () => {
    const sent = HeaderRules.towardsUpstream({
      "Anthropic-Version": "2023-06-01",
      "X-Stainless-Lang": "js",
      "x-forwarded": "of no known proxy",
      "x-clawdbot": "not ours: it ends before the dash",
      empty: "",
      missing: undefined
    })
    assert.deepStrictEqual(sent, {
      "anthropic-version": "2023-06-01",
      "x-stainless-lang": "js",
      "x-forwarded": "of no known proxy",
      "x-clawdbot": "not ours: it ends before the dash",
      empty: "",
      "accept-encoding": "identity"
    })
  })
})

describe("an answer's headers towards the client", () => {
  for (const name of [...aboutTheConnection, "content-length", "x-clawdbot-profile"]) {
    it(`${name} does not cross, however it is spelled`, () => {
      for (const spelling of spellings(name))
        assert.deepStrictEqual(HeaderRules.towardsClient({ [spelling]: "value" }), {})
    })
  }

  it("everything else crosses: what it was asked for with, and its limits", () => {
    const received = {
      "content-type": "text/event-stream",
      "content-encoding": "identity",
      "request-id": "req_1",
      "retry-after": "7",
      "anthropic-ratelimit-requests-remaining": "0",
      via: "1.1 edge",
      "set-cookie": "session=1",
      missing: undefined
    }
    const { missing, ...defined } = received
    assert.isUndefined(missing)
    assert.deepStrictEqual(HeaderRules.towardsClient(received), defined)
  })
})
