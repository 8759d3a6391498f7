import { assert, describe, it } from "@effect/vitest"
import { creates, isId, namedIn } from "../../src/Anthropic/Resource.ts"

describe("batches and files", () => {
  it("tells what creates one", () => {
    for (const path of [
      "/v1/messages/batches",
      "/v1/files",
      "/v1/files?beta=true",
      "/v1/messages/batches/"
    ]) {
      assert.isTrue(creates("POST", path), path)
      assert.isFalse(creates("GET", path), path)
    }
    for (const path of [
      "/v1/messages",
      "/v1/messages/batches/msgbatch_1/cancel",
      "/v1/filesystem",
      "/v1/files/f"
    ]) {
      assert.isFalse(creates("POST", path), path)
    }
  })

  it("tells which one a path is about", () => {
    for (const [path, id] of [
      ["/v1/messages/batches/msgbatch_01Ab", "msgbatch_01Ab"],
      ["/v1/messages/batches/msgbatch_01Ab/results?beta=true", "msgbatch_01Ab"],
      ["/v1/files/file_01?x=1", "file_01"],
      ["/v1/files/file_01/content", "file_01"],
      ["/v1/files", undefined],
      ["/v1/files?after_id=file_01", undefined],
      ["/v1/files/%2e%2e", undefined],
      ["/v1/models/file_01", undefined],
      [`/v1/files/${"x".repeat(201)}`, undefined]
    ] as const) {
      assert.strictEqual(namedIn(path), id, path)
    }
  })

  it("tells an id from any other text", () => {
    for (const text of ["msgbatch_01Ab", "file-1", "x".repeat(200)]) assert.isTrue(isId(text))
    for (const text of ["", "a b", "../x", "x".repeat(201)]) assert.isFalse(isId(text))
  })
})
