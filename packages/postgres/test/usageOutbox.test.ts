import type { UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import { cellOf } from "@clawdbot/domain/Usage/UsageCell"
import { assert, describe, it } from "@effect/vitest"
import { maxNameBytes, storable, storableName } from "../src/Usage/storableCells.ts"
import { maxBatch, requestsIn, UsageOutbox } from "../src/Usage/UsageOutbox.ts"
import { entry } from "./usage.ts"

const cells = (count: number, prefix = "m"): ReadonlyArray<UsageCell> =>
  Array.from({ length: count }, (_, index) => cellOf(entry({ model: `${prefix}${index}` })))

const empty = () => new UsageOutbox({ writer: "w", seq: 1, batches: [] })

describe("usage that is not stored yet", () => {
  it("keeps the number and the content of a batch until it is confirmed", () => {
    const outbox = empty()
    outbox.put(cells(2))
    const head = outbox.head()
    outbox.put(cells(3, "later"))
    assert.deepStrictEqual(outbox.head(), head)
    outbox.confirm()
    assert.deepInclude(outbox.head(), { seq: 2 })
    assert.strictEqual(outbox.head()?.cells.length, 3)
  })

  it("is sent in batches that one statement can take", () => {
    const outbox = empty()
    outbox.put(cells(2 * maxBatch + 1))
    const sizes: Array<number> = []
    for (let head = outbox.head(); head !== undefined; head = outbox.head()) {
      sizes.push(head.cells.length)
      outbox.confirm()
    }
    assert.deepStrictEqual(sizes, [maxBatch, maxBatch, 1])
  })

  it("is the same after it was kept and taken over, under the same numbers", () => {
    const outbox = empty()
    outbox.put(cells(maxBatch + 5))
    outbox.head()
    outbox.confirm()
    outbox.head()
    outbox.put(cells(7, "later"))
    const taken = new UsageOutbox(outbox.unstored())
    while (outbox.head() !== undefined) {
      assert.deepStrictEqual(taken.head(), outbox.head())
      outbox.confirm()
      taken.confirm()
    }
    assert.isTrue(taken.isEmpty)
  })

  it("loses the cell that is refused, and no other one", () => {
    const outbox = empty()
    outbox.put(cells(100))
    const stored = new Map<number, ReadonlyArray<UsageCell>>()
    const dropped: Array<UsageCell> = []
    for (let head = outbox.head(); head !== undefined; head = outbox.head()) {
      if (!head.cells.some(({ model }) => model === "m37" || model === "m99")) {
        assert.isFalse(stored.has(head.seq))
        stored.set(head.seq, head.cells)
        outbox.confirm()
      } else if (!outbox.split()) dropped.push(...outbox.drop())
    }
    assert.deepStrictEqual(
      dropped.map(({ model }) => model),
      ["m37", "m99"]
    )
    assert.strictEqual(requestsIn([...stored.values()].flat()), 98)
  })
})

describe("the names of usage", () => {
  it("are texts of the database, of a length that its index takes", () => {
    assert.strictEqual(storableName("claude-opus-4-5"), "claude-opus-4-5")
    assert.strictEqual(storableName("a\0b\uD800"), "a\uFFFDb\uFFFD")
    for (const name of ["x".repeat(401), "ü".repeat(3_000), "𝄞".repeat(999), "\0".repeat(500)]) {
      assert.isAtMost(Buffer.byteLength(storableName(name)), maxNameBytes)
      assert.notStrictEqual(storableName(name), storableName(`${name}!`))
      assert.isFalse(storableName(name).includes("\0"))
    }
  })

  it("that become alike are one", () => {
    const alike = ["a\0", "a\uD800", "a\uFFFD"].map((model) => cellOf(entry({ model, at: 0 })))
    assert.deepStrictEqual(
      storable(alike).map(({ model, requests }) => [model, requests]),
      [["a\uFFFD", 3]]
    )
  })
})
