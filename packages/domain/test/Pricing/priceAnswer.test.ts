import { assert, describe, it } from "@effect/vitest"
import type { Pricing } from "../../src/Config/pricingSection.ts"
import { priceAnswer } from "../../src/Pricing/priceAnswer.ts"
import { priceTable } from "../../src/Pricing/priceTable.ts"
import * as AnswerUsage from "../../src/Usage/AnswerUsage.ts"
import { byHand, type Counts, type HandRow, handTable, today } from "./handTable.ts"

const reported = ([input, output, short, long, read]: Counts) => ({
  input_tokens: input,
  output_tokens: output,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: short + long,
  cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long }
})

const payer = (pricing?: Pricing, day = today) => ({
  profile: "anthropic:a",
  provider: "anthropic",
  pricing,
  at: Date.parse(day)
})

/** The price of an answer with a raw `usage`. */
const price = (model: string | undefined, usage: unknown, pricing?: Pricing, day?: string) => {
  const answer = AnswerUsage.afterMessage(undefined, { model, usage })
  if (answer === undefined) throw new Error("the answer reports no usage")
  return priceAnswer(answer, undefined, payer(pricing, day))
}

const close = (actual: number | undefined, expected: number, of = "") => {
  assert.isDefined(actual, of)
  assert.approximately(actual ?? Number.NaN, expected, 1e-9, of)
}

const million: Counts = [1e6, 1e6, 1e6, 1e6, 1e6]
const small: Counts = [10, 20, 30, 40, 50]

describe("the price table", () => {
  for (const row of handTable)
    it(`has ${row.name} as on the provider's page, by each of its ids, at each speed`, () => {
      for (const model of row.models) {
        const cost = (counts: Counts, more = {}) =>
          price(model, { ...reported(counts), ...more }, undefined, row.day)
        for (const counts of [million, small]) {
          close(cost(counts), byHand(row, false, counts), model)
          const fast = cost(counts, { speed: "fast" })
          if (row.fast === undefined) assert.isUndefined(fast, model)
          else close(fast, byHand(row, true, counts), model)
          const us = cost(counts, { inference_geo: "us" })
          if (row.us === true) close(us, 1.1 * byHand(row, false, counts), model)
          else assert.isUndefined(us, model)
          close(cost(counts, { service_tier: "batch" }), byHand(row, false, counts) / 2, model)
        }
      }
    })

  it("has no row that the page above does not have", () => {
    const onPage = handTable.flatMap(({ models }) => models).map((model) => price(model, {}))
    assert.notInclude(onPage, undefined)
    for (const { models, name } of priceTable)
      for (const model of models) {
        const isOnPage = handTable.some((row) =>
          row.models.some((id) => id.replaceAll(".", "-").includes(model))
        )
        assert.isTrue(isOnPage || model === "claude-opus-4" || model === "claude-sonnet-4", name)
      }
  })

  it("takes the long price of Haiku 5.5 for the whole request above 100,000 tokens only", () => {
    const at: Counts = [40_000, 1_000, 20_000, 10_000, 30_000]
    const above: Counts = [40_001, 1_000, 20_000, 10_000, 30_000]
    close(price("claude-haiku-5-5", reported(at)), 0.0004 * 10 + 0.0005 + 0.0025 + 0.002 + 0.0003)
    close(price("claude-haiku-5-5", reported(above)), 0.0200005 + 0.0025 + 0.0125 + 0.01 + 0.0015)
  })

  it("has no price of Fable 5.2 before there was one", () => {
    assert.isUndefined(
      price("claude-fable-5-2", reported(small), undefined, "2026-11-08T23:59:59.999Z")
    )
  })
})

describe("the price of an answer", () => {
  it("is unknown, not zero, for a model that is not in the table", () => {
    assert.isUndefined(price("claude-opus-9", reported(small)))
    assert.isUndefined(price(undefined, reported(small)))
  })

  it("is unknown where what it depends on is", () => {
    const unknown: ReadonlyArray<readonly [string, object]> = [
      ["a region without a known price", { inference_geo: "eu" }],
      ["a tier that is billed by contract", { service_tier: "priority" }],
      ["a speed this version does not know", { speed: "slow" }],
      [
        "cache writes whose time to live is not reported",
        { cache_creation: null, cache_creation_input_tokens: 5 }
      ],
      [
        "a price that the provider moved after a refusal",
        { fallback_credit: { status: { type: "redeemed" } } }
      ],
      [
        "another model in an answer in fast mode",
        {
          speed: "fast",
          iterations: [{ ...reported(small), type: "advisor_message", model: "claude-opus-5" }]
        }
      ],
      ["a run of a model without its tokens", { iterations: [reported(small), null] }],
      ["a run of an unknown model", { iterations: [{ ...reported(small), model: "gpt" }] }]
    ]
    for (const [name, more] of unknown)
      assert.isUndefined(price("claude-opus-5-5", { ...reported(small), ...more }), name)
    const known = {
      inference_geo: "not_available",
      service_tier: "standard",
      speed: null,
      iterations: null,
      server_tool_use: null,
      fallback_credit: { status: { type: "not_applied" } }
    }
    assert.isDefined(price("claude-opus-5-5", { ...reported(small), ...known }))
  })

  it("counts each run by its own model, in place of the answer's sum, and searches apart", () => {
    const usage = {
      ...reported(small),
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 },
      service_tier: "batch",
      iterations: [
        { type: "compaction", ...reported([1_000_000, 0, 0, 0, 0]) },
        { type: "message", ...reported([0, 1_000_000, 0, 0, 0]) },
        { type: "advisor_message", model: "claude-opus-4-1", ...reported([1_000_000, 0, 0, 0, 0]) }
      ]
    }
    close(price("claude-sonnet-5-5", usage), (2 + 10 + 15) / 2 + 0.03)
  })

  it("is that of the model that was asked for, where the answer names none", () => {
    const answer = AnswerUsage.after(undefined, reported([1_000_000, 0, 0, 0, 0]))
    assert.strictEqual(answer && priceAnswer(answer, "claude-opus-5-5", payer()), 4)
  })

  it("of a stream is that of its last figures, and of one that is cut off of its first", () => {
    const begun = AnswerUsage.afterMessage(undefined, {
      model: "claude-opus-5-5",
      usage: { ...reported([1_000_000, 1, 0, 0, 0]), speed: "fast", inference_geo: "us" }
    })
    const ended = AnswerUsage.after(begun, {
      output_tokens: 1_000_000,
      server_tool_use: { web_search_requests: 1 }
    })
    close(begun && priceAnswer(begun, undefined, payer()), (8 + 0.00004) * 1.1)
    close(ended && priceAnswer(ended, undefined, payer()), (8 + 40) * 1.1 + 0.01)
  })

  it("follows the overrides: of the profile, then of the provider, then of all", () => {
    const input: Counts = [1_000_000, 0, 0, 0, 0]
    const model = "claude-opus-5-5"
    const overrides = [
      { model, input: 1, cacheRead: 0 },
      { provider: "anthropic", model: "claude-opus-5.5", input: 2 },
      { profile: "anthropic:a", model, input: 3 },
      { profile: "anthropic:b", model, input: 9 },
      { provider: "other", model, input: 9 }
    ]
    const first = (count: number) =>
      price(model, reported(input), { overrides: overrides.slice(0, count) })
    close(first(1), 1)
    close(first(2), 2)
    close(first(5), 3)
    close(price("claude-opus-5", reported(input), { overrides }), 5)
  })

  it("multiplies list prices, not overrides, and takes the list for what they leave out", () => {
    const pricing = { multiplier: 0.9, overrides: [{ model: "claude-opus-5-5", input: 1 }] }
    close(price("claude-opus-5-5", reported([1e6, 1e6, 0, 0, 0]), pricing), 1 + 20 * 0.9)
    const searches = { ...reported([0, 0, 0, 0, 0]), server_tool_use: { web_search_requests: 10 } }
    close(price("claude-opus-5-5", searches, pricing), 0.1 * 0.9)
  })

  it("of a model that only an override knows is known for the kinds of tokens it names", () => {
    const pricing = { overrides: [{ model: "house-model", input: 1, output: 2 }] }
    close(price("house-model", reported([1e6, 1e6, 0, 0, 0]), pricing), 3)
    assert.isUndefined(price("house-model", reported([1e6, 1e6, 0, 0, 1]), pricing))
  })
})

/** A generator with a seed, so that a failure can be seen again. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe("5,000 mixed answers", () => {
  it("cost what a table written by hand says, each to 1e-9", () => {
    const next = random(20_261_129)
    const counts = (): Counts => [
      next(90_000),
      next(9_000),
      next(3) * next(40_000),
      next(2) * next(40_000),
      next(4) * next(60_000)
    ]
    const pick = (): HandRow => handTable[next(handTable.length)] ?? assert.fail("no row")
    const seen = { fast: 0, us: 0, batch: 0, searches: 0, iterations: 0, long: 0 }
    for (let number = 0; number < 5_000; number++) {
      const row = pick()
      const own = counts()
      const isFast = row.fast !== undefined && next(3) === 0
      const isUs = row.us === true && next(4) === 0
      const isBatch = next(5) === 0
      const searches = next(6) === 0 ? next(9) : 0
      const other = isFast ? row : pick()
      const hasIterations = next(7) === 0 && other.day === undefined && !isUs
      const day = row.day ?? today
      const advice = counts()
      let tokens = byHand(row, isFast, own)
      if (hasIterations) tokens += byHand(other, isFast, advice)
      const expected =
        tokens * (isUs ? 1.1 : 1) * (isBatch ? 0.5 : 1) + Number((searches * 0.01).toFixed(2))
      const model = row.models[next(row.models.length)]
      const usage: Record<string, unknown> = {
        ...reported(own),
        speed: isFast ? "fast" : "standard",
        inference_geo: isUs ? "us" : "global",
        service_tier: isBatch ? "batch" : "standard",
        server_tool_use: { web_search_requests: searches, web_fetch_requests: next(3) },
        iterations: null
      }
      if (hasIterations) {
        const adviser = other === row ? model : other.models[0]
        usage.iterations = [
          { type: "message", ...reported(own) },
          { type: "advisor_message", model: adviser, ...reported(advice) }
        ]
      }
      const actual = price(model, usage, undefined, day)
      if (actual === undefined || Math.abs(actual - expected) > 1e-9)
        assert.fail(`answer ${number}, ${row.name}: ${actual} in place of ${expected}`)
      seen.fast += Number(isFast)
      seen.us += Number(isUs)
      seen.batch += Number(isBatch)
      seen.searches += Number(searches > 0)
      seen.iterations += Number(hasIterations)
      seen.long += Number(row.long !== undefined && tokens > 0.05)
    }
    for (const [name, count] of Object.entries(seen)) assert.isAbove(count, 20, name)
  })
})
