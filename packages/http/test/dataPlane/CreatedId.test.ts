import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { CreatedId } from "../../src/dataPlane/CreatedId.ts"

const answer = Buffer.from('{"type":"file","id":"file_01","size":7}')

/** What is told of an answer that comes in pieces of a size, and after how many of them. */
const told = (encoding: string | undefined, all: Buffer, size: number) => {
  const ids: Array<string> = []
  const created = new CreatedId(encoding, (id) => void ids.push(id))
  let before: number | undefined
  for (let at = 0; at < all.length; at += size) {
    created.push(all.subarray(at, at + size))
    if (ids.length > 0) before ??= at + size
  }
  created.end()
  return { ids, before }
}

describe("the id of what was created", () => {
  it("is known before the client can have read it, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (size) => {
        const { before, ids } = told(undefined, answer, size)
        assert.deepStrictEqual(ids, ["file_01"])
        assert.isBelow(before ?? Number.POSITIVE_INFINITY, answer.indexOf(",", 20) + 1 + size)
      })
    )
  })

  it("is found in a packed answer, at the latest at its end", () => {
    for (const [encoding, all] of [
      ["gzip", gzipSync(answer)],
      ["br", brotliCompressSync(answer)],
      ["deflate", deflateSync(answer)]
    ] as const)
      for (const size of [1, 7, 1_000])
        assert.deepStrictEqual(told(encoding, all, size).ids, ["file_01"], encoding)
  })

  it("is told once, and not at all where it is none", () => {
    const none = [
      '{"id":"../x"}',
      '{"id":7}',
      "<html>",
      "",
      `{"x":"${"a".repeat(70_000)}","id":"y"}`
    ]
    for (const text of none)
      assert.deepStrictEqual(told(undefined, Buffer.from(text), 1_000).ids, [], text.slice(0, 20))
    const twice = Buffer.from('{"id":"one","id":"two"}')
    assert.deepStrictEqual(told(undefined, twice, 1).ids, ["one"])
    assert.deepStrictEqual(told("gzip", gzipSync(twice), 1).ids, ["one"])
  })

  it("costs no more than its bytes where they unpack to a lot, or never come to an end", () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000, '{"x":"a'))
    // Unpacked anew for each of its 30,000 bytes this takes minutes: longer than a test may.
    assert.deepStrictEqual(told("gzip", bomb, 1).ids, [])
  })
})
