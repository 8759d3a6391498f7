import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Pieces } from "../../src/dataPlane/Pieces.ts"

const sizes = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 1_000, max: 20_000 })), {
  maxLength: 60
})

describe("Pieces", () => {
  it("give back every byte in its order, as often as they are asked", () => {
    fc.assert(
      fc.property(sizes, fc.nat(60), (lengths, at) => {
        const pieces = new Pieces()
        const all: Array<Buffer> = []
        let next = 0
        lengths.forEach((length, index) => {
          const piece = Buffer.from(Array.from({ length }, () => next++ % 251))
          all.push(Buffer.from(piece))
          pieces.push(piece)
          if (index === at) assert.isTrue(pieces.joined().equals(Buffer.concat(all)))
        })
        assert.isTrue(pieces.joined().equals(Buffer.concat(all)))
        assert.isTrue(Buffer.concat(pieces.list()).equals(Buffer.concat(all)))
        assert.strictEqual(pieces.bytes, next)
        pieces.clear()
        assert.deepStrictEqual([pieces.bytes, pieces.joined().length], [0, 0])
      })
    )
  })

  it("are few objects, and little more memory than their bytes, however small they come", () => {
    for (const pattern of [[1], [1, 1_024], [1_023], [1, 1, 1, 5_000]]) {
      const pieces = new Pieces()
      for (let index = 0; pieces.bytes < 1024 * 1024; index++)
        pieces.push(Buffer.alloc(pattern[index % pattern.length] ?? 1))
      const list = pieces.list()
      assert.isBelow(list.length, 2_200)
      const memory = new Set(list.map(({ buffer }) => buffer))
      const held = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)
      assert.isBelow(held, 1.2 * 1024 * 1024, pattern.join())
    }
  })

  it("keep one large piece as it is", () => {
    const pieces = new Pieces()
    const piece = Buffer.alloc(100_000)
    pieces.push(piece)
    assert.strictEqual(pieces.joined(), piece)
  })
})
