import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Usage from "../../src/Usage/Usage.ts"
import { fromText, merged, tidied, toLine, type UsageCell } from "../../src/Usage/UsageCell.ts"
import * as UsageReport from "../../src/Usage/UsageReport.ts"

const fields = (values: Readonly<Record<string, unknown>>) => Usage.after(undefined, values)

describe("Usage", () => {
  it("reads what a plain answer says", () => {
    assert.deepStrictEqual(
      fields({
        input_tokens: 12,
        output_tokens: 34,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        service_tier: "standard"
      }),
      {
        input: 12,
        output: 34,
        cacheRead: 1000,
        cacheWrite5m: 100,
        cacheWrite1h: 200,
        cacheWriteOther: 0
      }
    )
  })

  it("takes the last figures of a stream, and keeps what they leave out", () => {
    const start = fields({
      input_tokens: 12,
      output_tokens: 1,
      cache_read_input_tokens: 5,
      cache_creation: null
    })
    assert.deepInclude(Usage.after(start, { output_tokens: 40 }), {
      input: 12,
      output: 40,
      cacheRead: 5
    })
    assert.deepInclude(Usage.after(start, { input_tokens: null, output_tokens: 41 }), {
      input: 12,
      output: 41
    })
  })

  it("does not guess the time to live of a cache write", () => {
    assert.deepInclude(fields({ cache_creation_input_tokens: 9 }), {
      cacheWrite5m: 0,
      cacheWriteOther: 9
    })
    const start = fields({
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_1h_input_tokens: 9 }
    })
    assert.deepInclude(Usage.after(start, { cache_creation_input_tokens: 9 }), {
      cacheWrite1h: 9,
      cacheWriteOther: 0
    })
  })

  it("no usage is unknown, not none; nonsense is passed over", () => {
    assert.isUndefined(Usage.after(undefined, undefined))
    assert.isUndefined(Usage.after(undefined, [1]))
    assert.deepInclude(
      fields({ input_tokens: -1, output_tokens: 1.5, cache_read_input_tokens: "7" }),
      Usage.zero
    )
  })
})

const count = fc.integer({ min: 0, max: 1_000_000 })
const word = fc.string({ maxLength: 8 })
const cell: fc.Arbitrary<UsageCell> = fc.record({
  hour: fc.integer({ min: 480_000, max: 480_100 }),
  agent: word,
  profile: word,
  model: word,
  client: word,
  ttl: fc.constantFrom("", "5m", "1h"),
  requests: count,
  unmeasured: count,
  usage: fc.record({
    input: count,
    output: count,
    cacheRead: count,
    cacheWrite5m: count,
    cacheWrite1h: count,
    cacheWriteOther: count
  }),
  cost: fc.option(
    fc.record({
      billed: fc.double({ min: 0, max: 1e6, noNaN: true }),
      list: fc.integer({ min: 0, max: 4_000 }).map((quarters) => quarters / 4),
      priced: count
    }),
    { nil: undefined }
  ),
  assumed: fc.option(
    fc.integer({ min: 0, max: 4_000 }).map((quarters) => quarters / 4),
    { nil: undefined }
  )
})

const tokens = (cells: ReadonlyArray<UsageCell>) =>
  cells.reduce((sum, { usage }) => Usage.add(sum, usage), Usage.zero)

const span = { since: 480_000 * 3_600_000, until: 480_101 * 3_600_000 }

describe("usage files", () => {
  it.prop(
    "a cell reads as it was written, whatever its names hold, and a torn line is passed over",
    [cell, cell],
    ([one, other]) => {
      assert.deepStrictEqual(fromText(`${toLine(one)}\n${toLine(other)}\n`), [one, other])
      assert.deepStrictEqual(fromText(`${toLine(one)}\n${toLine(other).slice(0, -3)}`), [one])
    }
  )

  it("of an older version have no price, and stay as they are beside priced ones", () => {
    const older = `{"h":480001,"a":"main","p":"x","m":"m","c":"","t":"","n":2,"x":1,"u":[1,2,3,4,5,6]}`
    const [known] = fromText(older)
    assert.deepInclude(known, { requests: 2, unmeasured: 1, cost: undefined })
    const priced = toLine({
      ...(known ?? assert.fail("not read")),
      requests: 1,
      unmeasured: 0,
      cost: { billed: 0.5, list: 0, priced: 1 }
    })
    const newer = `{"h":480001,"z":1,${priced.slice(priced.indexOf('"a"'))}`
    const lines = tidied(`${older}\n${newer}\n${priced}\n`)
    assert.lengthOf(lines, 2)
    assert.include(lines, newer)
    const { total } = UsageReport.make(fromText(lines.join("\n")), span, [])
    assert.deepInclude(total, { billedUsd: 1, listUsd: 0, requests: 5, unpriced: 3 })
  })

  it("passes over a line whose numbers are no counts, and keeps it when days are tidied", () => {
    const line = (input: string) =>
      `{"h":480001,"a":"main","p":"x","m":"m","c":"","t":"","n":2,"x":1,"u":[${input},2,3,4,5,6]}`
    assert.lengthOf(fromText(line("0")), 1)
    for (const wrong of ["-1", "1.5", "1e300", '"1"', "null"]) {
      assert.deepStrictEqual(fromText(line(wrong)), [])
      assert.deepStrictEqual(tidied(line(wrong)), [line(wrong)])
    }
  })

  it.prop("bringing down cells changes no sum", [fc.array(cell)], ([cells]) => {
    assert.deepStrictEqual(tokens(merged(cells)), tokens(cells))
  })
})

describe("usage report", () => {
  it.prop(
    "rows add up to the total, whatever they are by",
    [fc.array(cell), fc.subarray([...UsageReport.groupings])],
    ([cells, by]) => {
      const { rows, total } = UsageReport.make(cells, span, by)
      for (const name of [
        "requests",
        "unmeasured",
        "input",
        "output",
        "cacheRead",
        "cacheWrite1h"
      ] as const) {
        assert.strictEqual(
          rows.reduce((sum, row) => sum + row[name], 0),
          total[name]
        )
      }
      assert.strictEqual(total.input, tokens(cells).input)
    }
  )

  it("days are in order of time, others by size, with their share of the cache", () => {
    const make = (hour: number, profile: string, input: number): UsageCell => ({
      hour,
      agent: "main",
      profile,
      model: "m",
      client: "",
      ttl: "",
      requests: 1,
      unmeasured: 0,
      usage: { ...Usage.zero, input, cacheRead: 30 }
    })
    const cells = [make(480_050, "a", 10), make(480_001, "b", 70)]
    const days = UsageReport.make(cells, span, ["day"]).rows.map(({ group }) => group.day)
    assert.deepStrictEqual(days, ["2024-10-04", "2024-10-06"])
    const [first] = UsageReport.make(cells, span, ["profile"]).rows
    assert.deepInclude(first, { group: { profile: "b" }, cacheHit: 0.3 })
  })
})
