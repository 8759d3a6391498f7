/** The provider's cost report, and the ledger beside it. */
import * as CostReport from "@clawdbot/domain/Pricing/costReport"
import { reconcile } from "@clawdbot/domain/Pricing/reconcile"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import * as Report from "@clawdbot/domain/Usage/UsageReport"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"

const item = (amount: string, workspace: string | null, more: object = {}) => ({
  amount,
  currency: "USD",
  workspace_id: workspace,
  cost_type: "tokens",
  model: "claude-opus-4-8",
  ...more
})
const bucket = (day: string, results: ReadonlyArray<object>) => ({
  starting_at: `${day}T00:00:00Z`,
  ending_at: "ignored",
  results
})
const page = (data: ReadonlyArray<object>, more: object = { has_more: false, next_page: null }) =>
  JSON.stringify({ data, ...more })

describe("a page of the cost report", () => {
  it("has amounts in cents with decimals, by day and workspace", () => {
    const text = page([
      bucket("2026-11-01", [item("123.78912", "wrkspc_a"), item("-0.5", null)]),
      bucket("2026-11-02", [])
    ])
    assert.deepStrictEqual(
      CostReport.readPage(text),
      Either.right({
        days: [
          { day: "2026-11-01", workspace: "wrkspc_a", usd: 1.2378912 },
          { day: "2026-11-01", workspace: undefined, usd: -0.005 }
        ],
        next: undefined
      })
    )
  })

  it("names the next one only while there is more", () => {
    const next = (more: object) => Either.getOrThrow(CostReport.readPage(page([], more))).next
    assert.strictEqual(next({ has_more: true, next_page: "page_x" }), "page_x")
    assert.strictEqual(next({ has_more: false, next_page: "page_x" }), undefined)
  })

  it("of another form is refused with its place, and never with what it says", () => {
    const place = (text: string) => Either.getOrThrow(Either.flip(CostReport.readPage(text)))
    assert.strictEqual(place("<html>sk-ant-admin01-x</html>"), "no JSON")
    assert.strictEqual(place("{}"), "data")
    const wrong = (given: object) =>
      place(page([bucket("2026-11-01", [item("1", null), item("1", null, given)])]))
    assert.strictEqual(wrong({ currency: "EUR" }), "data.0.results.1.currency")
    assert.strictEqual(wrong({ amount: "much" }), "data.0.results.1.amount")
    assert.strictEqual(wrong({ amount: "Infinity" }), "data.0.results.1.amount")
  })

  it("is asked for by whole days", () => {
    const span = { since: Date.UTC(2026, 10, 1), until: Date.UTC(2026, 10, 8) }
    assert.strictEqual(
      CostReport.query(span, "a&b"),
      "starting_at=2026-11-01T00%3A00%3A00.000Z&ending_at=2026-11-08T00%3A00%3A00.000Z" +
        "&bucket_width=1d&limit=31&group_by%5B%5D=workspace_id&page=a%26b"
    )
    assert.notInclude(CostReport.query(span, undefined), "page=")
  })
})

const first = Date.UTC(2026, 10, 1)
const span = { since: first, until: first + 5 * 86_400_000 }
const dayName = (index: number) => `2026-11-0${index + 1}`
const cell = (day: number, billed: number | undefined, requests = 2): UsageCell => ({
  hour: first / 3_600_000 + day * 24 + 3,
  agent: "main",
  profile: "anthropic:work",
  model: "claude-opus-4-8",
  client: "",
  ttl: "",
  usage: Usage.zero,
  requests,
  unmeasured: 0,
  cost: billed === undefined ? undefined : { billed, list: 0, priced: requests }
})
const compare = (
  cells: ReadonlyArray<UsageCell>,
  billed: ReadonlyArray<CostReport.BilledDay>,
  workspace?: string
) => reconcile(Report.make(cells, span, ["day"]), billed, workspace)

describe("the ledger beside the report", () => {
  it("has a row for each day that either names; what is not known is never zero", () => {
    const found = compare(
      [cell(0, 1.5), cell(1, undefined)],
      [
        { day: dayName(0), workspace: "a", usd: 1.25 },
        { day: dayName(0), workspace: undefined, usd: 0.5 },
        { day: dayName(1), workspace: "a", usd: 2 },
        { day: dayName(3), workspace: "b", usd: 4 }
      ]
    )
    const row = (
      day: string,
      ledger: number | null,
      provider: number | null,
      unpriced: number
    ) => ({
      day,
      ledgerUsd: ledger,
      providerUsd: provider,
      differenceUsd: ledger === null || provider === null ? null : provider - ledger,
      unpriced
    })
    assert.deepStrictEqual(found, {
      days: [
        row(dayName(0), 1.5, 1.75, 0),
        row(dayName(1), null, 2, 2),
        row(dayName(3), null, 4, 0)
      ],
      total: row("total", 1.5, 7.75, 2)
    })
  })

  it("counts one workspace where one is named; its days without a cost are zero", () => {
    const billed = [
      { day: dayName(0), workspace: "a", usd: 1 },
      { day: dayName(1), workspace: "b", usd: 2 }
    ]
    assert.deepStrictEqual(
      compare([], billed, "a").days.map(({ providerUsd }) => providerUsd),
      [1, 0]
    )
  })

  it("loses no amount of either", () => {
    const amount = fc.integer({ min: -1_000, max: 100_000 }).map((cents) => cents / 128)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4), amount), { maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(4), amount), { minLength: 1, maxLength: 30 }),
        (ledger, provider) => {
          const sum = (all: ReadonlyArray<readonly [number, number]>) =>
            all.reduce((total, [, usd]) => total + usd, 0)
          const { total } = compare(
            ledger.map(([day, usd]) => cell(day, usd)),
            provider.map(([day, usd]) => ({ day: dayName(day), workspace: undefined, usd }))
          )
          assert.strictEqual(total.ledgerUsd ?? 0, sum(ledger))
          assert.strictEqual(total.providerUsd, sum(provider))
        }
      )
    )
  })
})
