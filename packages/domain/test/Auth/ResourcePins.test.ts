/** The table every layer of pins keeps: bounds for each group, what is listed, what is digested. */
import { assert, describe, it } from "@effect/vitest"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { briefMs, isBrief, maxPerGroup, type Pin, PinTable } from "../../src/Auth/ResourcePins.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

const profile = ProfileId.of("anthropic:a")
const pin = (kind: string, id: string): Pin => ({ agent: AgentId.main, kind, id, profile })

/** A table that holds these, and what it has digested. */
const holding = (pins: ReadonlyArray<Pin>) => {
  const digested: Array<string> = []
  const table = new PinTable((text) => {
    digested.push(text)
    return `digest of ${text}`
  })
  for (const one of pins) table.note(one, 0)
  return { digested, table }
}

const many = (kind: string, count: number): ReadonlyArray<Pin> =>
  Array.from({ length: count }, (_, number) => pin(kind, `${kind}_${number}`))

describe("the table of pins", () => {
  for (const [first, second] of [
    ["batch", "file"],
    ["skill", "kind of tomorrow"]
  ] as const)
    it(`has one bound for ${first} and ${second}`, () => {
      const { table } = holding([pin(first, "the first"), ...many(second, maxPerGroup)])
      assert.isUndefined(table.find(AgentId.main, "the first"))
      assert.strictEqual(table.size, maxPerGroup)
    })

  for (const [one, other] of [
    ["file", "skill"],
    ["batch", "skill"],
    ["skill", "file"],
    ["container", "skill"],
    ["container", "file"],
    ["skill", "container"],
    ["file", "container"]
  ] as const)
    it(`keeps a ${one} however many of kind ${other} come`, () => {
      const { table } = holding([pin(one, "the one"), ...many(other, maxPerGroup + 1)])
      assert.strictEqual(table.find(AgentId.main, "the one"), profile)
      assert.strictEqual(table.size, maxPerGroup + 1)
    })

  it("lists what is stored by group, what was not asked for the longest first", () => {
    const { table } = holding([
      pin("skill", "s"),
      pin("container", "c"),
      pin("file", "f1"),
      pin("thread", "t"),
      pin("batch", "f2")
    ])
    const ids = () => table.entries().map(({ id }) => id)
    assert.deepStrictEqual(ids(), ["f1", "f2", "c", "s"])
    table.find(AgentId.main, "f1")
    assert.deepStrictEqual(ids(), ["f2", "f1", "c", "s"])
    assert.strictEqual(table.size, 4)
  })

  it("asks for no digest where nothing brief is known, and keeps nothing but digests", () => {
    const { digested, table } = holding([])
    assert.isUndefined(table.findBrief("thread", AgentId.main, "t", 0))
    assert.deepStrictEqual(digested, [])
    table.note(pin("thread", "t"), 0)
    assert.isUndefined(table.findBrief("fallback_credit", AgentId.main, "t", 0))
    assert.deepStrictEqual(digested, ["main\nt"])
    assert.strictEqual(table.findBrief("thread", AgentId.main, "t", briefMs - 1), profile)
  })

  it("remembers something brief from when it was noted last", () => {
    const { table } = holding([pin("thread", "t"), pin("thread", "u")])
    table.note(pin("thread", "t"), 1)
    assert.strictEqual(table.findBrief("thread", AgentId.main, "t", briefMs), profile)
    assert.isUndefined(table.findBrief("thread", AgentId.main, "u", briefMs))
    // What is over goes when the next one comes; what is not stays.
    table.note(pin("thread", "v"), briefMs)
    assert.strictEqual(table.findBrief("thread", AgentId.main, "t", briefMs), profile)
  })

  it("takes threads and credits for brief, and nothing else", () => {
    const kinds = ["thread", "fallback_credit", "file", "batch", "container", "skill", ""]
    assert.deepStrictEqual(kinds.filter(isBrief), ["thread", "fallback_credit"])
  })
})
