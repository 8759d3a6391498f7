import { assert, describe, it } from "@effect/vitest"
import { creates, idsIn, isId, namedIn } from "../../src/Anthropic/Resource.ts"

describe("what a workspace keeps", () => {
  it("tells what creates something, and its kind", () => {
    for (const [path, kind] of [
      ["/v1/messages/batches", "batch"],
      ["/v1/messages/batches/", "batch"],
      ["/v1/files?beta=true", "file"],
      ["/v1/skills", "resource"],
      ["/v1/sessions?beta=true", "resource"],
      ["/v1/agents", "resource"],
      ["/v1/environments", "resource"],
      ["/v1/memory_stores", "resource"],
      ["/v1/vaults/", "resource"],
      ["/v1/of_tomorrow", "resource"]
    ] as const) {
      assert.strictEqual(creates("POST", path), kind, path)
      assert.isUndefined(creates("GET", path), path)
    }
    for (const path of [
      "/v1/messages",
      "/v1/messages?beta=true",
      "/v1/messages/count_tokens",
      "/v1/messages/batches/msgbatch_1/cancel",
      "/v1/complete",
      "/v1/models",
      "/v1/organizations",
      "/v1/organizations/invites",
      "/v1/files/f",
      "/v1/sessions/sesn_1/events",
      "/v1/"
    ])
      assert.isUndefined(creates("POST", path), path)
  })

  it("tells which thing a path is about", () => {
    for (const [path, kind, id] of [
      ["/v1/messages/batches/msgbatch_01AbCd", "batch", "msgbatch_01AbCd"],
      ["/v1/messages/batches/msgbatch_01AbCd/results?beta=true", "batch", "msgbatch_01AbCd"],
      ["/v1/files/file_01AbCd?x=1", "file", "file_01AbCd"],
      ["/v1/files/file_01AbCd/content", "file", "file_01AbCd"],
      ["/v1/sessions/sesn_01AbCd/events/stream", "resource", "sesn_01AbCd"]
    ] as const)
      assert.deepStrictEqual(namedIn(path), { kind, id }, path)
    for (const path of [
      "/v1/messages",
      "/v1/files",
      "/v1/files?after_id=file_01AbCd",
      "/v1/files/%2e%2e",
      "/v1/models/file_01AbCd",
      "/v1/organizations/wrkspc_01AbCd",
      // The provider's own skills are the same for everybody.
      "/v1/skills/pptx",
      "/v1/messages/count_tokens",
      `/v1/files/file_${"x".repeat(201)}`
    ])
      assert.isUndefined(namedIn(path), path)
  })

  it("finds everything in a path that may be an id, what it is about first", () => {
    assert.deepStrictEqual(idsIn("/v1/sessions/sesn_1/resources/res_2?page=x&scope_id=agent_3"), [
      "v1",
      "sessions",
      "sesn_1",
      "resources",
      "res_2",
      "x",
      "agent_3"
    ])
    assert.deepStrictEqual(idsIn("/v1/messages"), [])
    assert.deepStrictEqual(idsIn("/v1/messages?beta=true"), [])
  })

  it("tells an id from any other text", () => {
    for (const text of ["msgbatch_01Ab", "file-1", "x".repeat(200)]) assert.isTrue(isId(text))
    for (const text of ["", "a b", "../x", "x".repeat(201)]) assert.isFalse(isId(text))
  })
})
