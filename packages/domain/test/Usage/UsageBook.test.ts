import { byClient } from "@clawdbot/domain/Budget/Spent"
import { zero } from "@clawdbot/domain/Usage/Usage"
import {
  maxCells,
  maxModels,
  maxSets,
  otherModel,
  UsageBook
} from "@clawdbot/domain/Usage/UsageBook"
import { hourMs, type UsageEntry } from "@clawdbot/domain/Usage/UsageCell"
import { assert, describe, it } from "@effect/vitest"

const day = 24 * hourMs
const entry = (different: Partial<UsageEntry> = {}): UsageEntry => ({
  at: 0,
  agent: "main",
  profile: "anthropic:a",
  model: "claude-opus-4-5",
  client: "",
  ttl: "",
  usage: { ...zero, input: 1 },
  ...different
})
const total = (book: UsageBook) => book.cells().reduce((sum, { requests }) => sum + requests, 0)
const models = (book: UsageBook) => new Set(book.cells().map(({ model }) => model))

describe("the usage that is not on disk yet", () => {
  it("tells a day's first models apart, and counts further ones together", () => {
    const book = new UsageBook()
    for (let name = 0; name < 10_000; name++) book.record(entry({ model: `m${name}` }))
    assert.strictEqual(models(book).size, maxModels + 1)
    assert.strictEqual(book.cells().find(({ model }) => model === otherModel)?.requests, 9_800)
    // Also after the book was written, until the day ends.
    book.take()
    for (const model of ["m5", "new"]) book.record(entry({ at: hourMs, model }))
    assert.deepStrictEqual([...models(book)], ["m5", otherModel])
    book.record(entry({ at: day, model: "new" }))
    assert.isTrue(models(book).has("new"))
  })

  it("tells so many sets of names apart, however they are combined", () => {
    const book = new UsageBook()
    for (let agent = 0; agent < 250; agent++)
      for (let model = 0; model < 100; model++)
        book.record(entry({ agent: `a${agent}`, model: `m${model}` }))
    assert.isAtMost(book.cells().length, maxSets + 250)
    assert.strictEqual(total(book), 25_000)
  })

  it("does not grow for ever where the disk is full, and loses no request", () => {
    const book = new UsageBook()
    let recorded = 0
    for (let hour = 0; hour < 24 * 60; hour++) {
      for (let model = 0; model < 50; model++) {
        book.record(entry({ at: hour * hourMs, agent: `a${model % 7}`, model: `m${model}` }))
        recorded++
      }
    }
    // What could not be written comes back.
    book.putBack(book.take())
    assert.isAtMost(book.cells().length, maxCells + 24 * 60)
    assert.strictEqual(total(book), recorded)
  })

  it("keeps what each client spent apart where the disk is full, for its budget", () => {
    const book = new UsageBook()
    const cost = { billed: 1, list: 0, priced: 1 }
    for (let hour = 0; hour < maxCells / 50 + 10; hour++)
      for (let model = 0; model < 50; model++)
        book.record(entry({ at: hour * hourMs, client: `c${model % 2}`, model: `m${model}`, cost }))
    book.putBack(book.take())
    const spent = byClient(book.cells(), 0)
    const each = (maxCells / 50 + 10) * 25
    assert.strictEqual(spent.get("c0")?.day, each)
    assert.strictEqual(spent.get("c1")?.day, each)
    assert.isFalse(spent.has(""))
  })
})
