/** Limits as people write them, and what they change in the config. */
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { budgetEdits, changesOf } from "../../src/Budget/budgetEdits.ts"
import { inWords, limitNames } from "../../src/Budget/limitWords.ts"
import { parseMoney, parseRate } from "../../src/Budget/parseLimit.ts"
import { Budgets, type ClientBudget } from "../../src/Config/budgetSection.ts"

const edited = (text: string, client: string, given: Parameters<typeof changesOf>[0]): string => {
  const document = Either.getOrThrow(Json5Document.parse(text))
  const { gateway } = document.value as { gateway?: { budgets?: Budgets } }
  const edits = budgetEdits(gateway?.budgets ?? {}, client, changesOf(given))
  return Either.getOrThrow(Json5Document.apply(document, edits)).text
}
const silent = { money: [], tokens: undefined, requests: undefined }

describe("a limit on a command line", () => {
  it("is an amount and a period, or a number a minute", () => {
    const rows = [
      ["5/day", { period: "day", usd: 5 }],
      ["$2.50/Week", { period: "week", usd: 2.5 }],
      [" 50/month ", { period: "month", usd: 50 }],
      ["none", { period: undefined, usd: undefined }],
      ["none/week", { period: "week", usd: undefined }]
    ] as const
    for (const [text, given] of rows)
      assert.deepStrictEqual(parseMoney(text), Either.right(given), text)
    const rates = [
      ["60/min", 60],
      ["200k/min", 200_000],
      ["1.1M/minute", 1_100_000],
      ["0.5k/min", 500],
      ["none", undefined]
    ] as const
    for (const [text, perMinute] of rates)
      assert.deepStrictEqual(parseRate(text, "60/min"), Either.right(perMinute), text)
  })

  it("is refused otherwise, with an example", () => {
    for (const text of ["", "5", "day", "5/hour", "-5/day", "5 USD/day", "1e3/day", "NaN/day"])
      assert.include(Either.getOrThrow(Either.flip(parseMoney(text))), "such as 5/day", text)
    for (const text of ["0/day", "0.00/month", `${"9".repeat(400)}/day`])
      assert.include(Either.getOrThrow(Either.flip(parseMoney(text))), "must be more than 0", text)
    for (const text of ["", "60", "60/day", "k/min", "-1/min", "none/min", "0/min", "0.5/min"])
      assert.include(Either.getOrThrow(Either.flip(parseRate(text, "60/min"))), "60/min", text)
    assert.isTrue(Either.isLeft(parseRate(`${"9".repeat(20)}/min`, "60/min")))
  })
})

describe("changed limits", () => {
  it("change nothing else in the file", () => {
    const text = [
      "{",
      "  gateway: {",
      "    // of the office",
      "    budgets: {",
      "      laptop: { usdPerDay: 5, /* a day */ requestsPerMinute: 60 },",
      "      ci: { usdPerWeek: 1 },",
      "    },",
      "  },",
      "}",
      ""
    ].join("\n")
    const ten = { ...silent, money: [{ period: "day", usd: 10 } as const] }
    assert.strictEqual(edited(text, "laptop", ten), text.replace("usdPerDay: 5", "usdPerDay: 10"))
    assert.strictEqual(edited(text, "laptop", { ...silent, requests: { perMinute: 60 } }), text)
    const none = { period: undefined, usd: undefined }
    assert.notInclude(edited(text, "ci", { ...silent, money: [none] }), "ci")
    assert.include(edited(text, "ci", { ...silent, money: [none] }), "/* a day */")
    assert.include(edited("{}\n", "a.b", ten), '"usdPerDay": 10')
  })

  it("leave no budget behind that limits nothing", () => {
    const none = { money: [{ period: undefined, usd: undefined }], tokens: undefined }
    const all = { ...none, requests: { perMinute: undefined } }
    const text = "{ gateway: { budgets: { laptop: { usdPerDay: 5, failOpen: true } }, port: 1 } }\n"
    assert.strictEqual(edited(text, "laptop", all).replace(/\s/g, ""), "{gateway:{port:1}}")
    assert.strictEqual(edited("{}\n", "laptop", all), "{}\n")
  })

  it("are in force afterwards, whatever was there, and those that are not mentioned stay", () =>
    fc.assert(
      fc.property(
        Arbitrary.make(Budgets),
        fc.constantFrom("laptop", "a.b", "ci"),
        fc.subarray([...limitNames]),
        fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
        (budgets, client, names, value) => {
          const text = `${JSON.stringify({ gateway: { budgets } })}\n`
          const document = Either.getOrThrow(Json5Document.parse(text))
          const known = Schema.decodeUnknownSync(Budgets)(JSON.parse(text).gateway.budgets)
          const changes = new Map(names.map((name) => [name, value]))
          const edits = budgetEdits(known, client, changes)
          const after = Either.getOrThrow(Json5Document.apply(document, edits)).value
          const { gateway } = after as { gateway: { budgets?: Budgets } }
          const budget: ClientBudget = gateway.budgets?.[client] ?? {}
          for (const name of limitNames)
            assert.strictEqual(budget[name], names.includes(name) ? value : known[client]?.[name])
          for (const other of Object.keys(known).filter((one) => one !== client))
            assert.deepStrictEqual(gateway.budgets?.[other], known[other])
        }
      )
    ))

  it("are told in words", () => {
    const budget = { usdPerDay: 2.5, tokensPerMinute: 200_000, requestsPerMinute: 60 }
    const words = "2.50 USD a day, 200,000 tokens a minute, 60 requests a minute"
    assert.strictEqual(inWords(budget), words)
    assert.strictEqual(inWords({ failOpen: true }), undefined)
  })
})
