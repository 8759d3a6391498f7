import { providerTarget } from "@clawdbot/http/dataPlane/providerTarget"
import { assert, describe, it } from "@effect/vitest"

describe("the target of a request at the provider", () => {
  it("is the client's own, byte for byte", () => {
    for (const target of [
      "/v1/messages",
      "/v1/messages?beta=true&to=//x/../y",
      "/v1/files//content",
      "/v1/models/v1/x",
      "/v1/models/claude..x?after_id=../y",
      "/v1/v10"
    ])
      assert.strictEqual(providerTarget(target), target)
  })

  it("what a base URL with a slash or with /v1 adds in front is taken off", () => {
    for (const target of [
      "//v1/messages",
      "///v1/messages",
      "/v1/v1/messages",
      "/v1//messages",
      "//v1//v1/messages",
      "/v1/v1/v1/messages"
    ]) {
      assert.strictEqual(providerTarget(target), "/v1/messages", target)
      assert.strictEqual(providerTarget(`${target}?beta=true`), "/v1/messages?beta=true", target)
    }
  })

  it("nothing else becomes one", () => {
    for (const target of [
      "/",
      "/v1",
      "//v1",
      "/messages",
      "//evil.example/v1/messages",
      "/clawdbot/v1/messages",
      "/v1x/messages",
      "/v1/../api/oauth/usage",
      "//v1/../clawdbot/token",
      "/v1/v1/%2e%2e/x",
      "/v1//..",
      "*"
    ])
      assert.isUndefined(providerTarget(target), target)
  })
})
