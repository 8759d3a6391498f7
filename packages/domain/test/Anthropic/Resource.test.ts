import { assert, describe, it } from "@effect/vitest"
import { createdId, creates, namedIn } from "../../src/Anthropic/Resource.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

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

  it("finds the id of an answer as soon as it is there, and only at the top", () => {
    const answer =
      '{ "type":"message_batch", "counts":{"id":"inner"}, "id": "msgbatch_01", "more": 1 }'
    assert.strictEqual(createdId(bytes(answer)), "msgbatch_01")
    const end = answer.indexOf("msgbatch_01") + "msgbatch_01".length + 1
    assert.strictEqual(createdId(bytes(answer.slice(0, end))), "msgbatch_01")
    for (let length = 0; length < end; length++)
      assert.isUndefined(createdId(bytes(answer.slice(0, length))))
    for (const none of ["", "[]", '{"id":7}', '{"id":"a b"}', "<html>"])
      assert.isUndefined(createdId(bytes(none)))
  })
})
